import type { ArtifactRepository, LocalTree } from "@flightdeck/artifacts";
import { AppError, type Clock, newId } from "@flightdeck/core";
import type { UploadPart } from "@flightdeck/protocol";
import { createHash, timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import { checkShare, type Holder, type Scarce } from "../shares.ts";
import type { UrlSigner } from "./url-signer.ts";

/** What an upload becomes: the artifact that it was begun for, and no other. */
export type UploadTarget = {
  /** Names the artifact across the server, `dbfs:/x/y` say. */
  readonly uri: string;
  readonly repository: ArtifactRepository;
  readonly path: string;
};

export type MultipartUploadsOptions = {
  /** Holds the parts until they are put together. */
  readonly tree: LocalTree;
  readonly signer: UrlSigner;
  readonly clock: Clock;
};

/** Its folder, named with whom it counts for where somebody logged in, and the proof of its target. */
const UPLOAD_ID = /^([0-9a-f]{32}(?:\.\d+)?)-([\w-]{43})$/;

const OPEN_UPLOADS: Scarce = { max: BOUNDS.multipartUploadsMax, what: "multipart uploads are open" };

/**
 * Large artifacts that come in parts, in any order. An upload's id holds a keyed hash of its target, so it serves for
 * that one alone; its parts lie in a folder of its own, so it outlives a restart.
 */
export class MultipartUploads {
  readonly #tree: LocalTree;
  readonly #signer: UrlSigner;
  readonly #clock: Clock;
  #clearAtMs = 0;
  #lastCreated: Promise<unknown> = Promise.resolve();

  constructor({ tree, signer, clock }: MultipartUploadsOptions) {
    this.#tree = tree;
    this.#signer = signer;
    this.#clock = clock;
  }

  /** Begins an upload and gives its id. One is begun after another, so that none comes between count and folder. */
  async create(targetUri: string, holder: Holder): Promise<string> {
    const created = this.#lastCreated.then(() => this.#create(targetUri, holder));
    this.#lastCreated = created.catch(() => undefined); // Told to whoever asked.
    return created;
  }

  /** Abandoned ones are cleared away first. */
  async #create(targetUri: string, holder: Holder): Promise<string> {
    await this.#clearAbandoned();
    const open = await this.#tree.files.list("");
    const owned = holder === undefined ? "" : `.${holder}`;
    const own = owned === "" ? [] : open.filter(({ path }) => path.endsWith(owned));
    checkShare(OPEN_UPLOADS, { total: open.length, own: own.length });
    const id = `${newId()}${owned}`;
    await this.#tree.makeFolder(id);
    return `${id}-${this.#proof(id, targetUri)}`;
  }

  /** The upload's id must be one that `create` gave for this target. */
  check(uploadId: string, targetUri: string): void {
    const [, id, proof] = UPLOAD_ID.exec(uploadId) ?? [];
    if (id === undefined || proof === undefined) throw unknownUpload();
    const due = Buffer.from(this.#proof(id, targetUri));
    if (!timingSafeEqual(Buffer.from(proof), due)) throw unknownUpload();
  }

  /** Stores one part, replacing an earlier try at it, and gives its ETag. */
  async writePart(uploadId: string, number: number, content: Readable): Promise<string> {
    const folder = await this.#folderOf(uploadId);
    checkPartNumber(number);
    const hash = createHash("sha256");
    const hashed = Readable.from(tap(content, hash), { objectMode: false });
    await this.#tree.files.write(`${folder}/${number}`, hashed);
    return `"${hash.digest("hex")}"`;
  }

  /** Puts the parts together as the artifact. One that is missing or has changed throws, and the artifact stays. */
  async complete(uploadId: string, target: UploadTarget, parts: readonly UploadPart[]): Promise<void> {
    this.check(uploadId, target.uri);
    const folder = await this.#folderOf(uploadId);
    const ordered = parts.toSorted((a, b) => a.number - b.number);
    checkParts(ordered);
    const content = Readable.from(this.#joined(folder, ordered), { objectMode: false });
    await target.repository.write(target.path, content);
    await this.#tree.files.delete(folder);
  }

  /** Gives up an upload; one that is not there is given up already. */
  async abort(uploadId: string): Promise<void> {
    const [, id] = UPLOAD_ID.exec(uploadId) ?? [];
    if (id === undefined || (await this.#tree.files.find(id)) === undefined) return;
    await this.#tree.files.delete(id);
  }

  async *#joined(folder: string, parts: readonly UploadPart[]): AsyncGenerator<Uint8Array> {
    for (const { number, etag } of parts) {
      const hash = createHash("sha256");
      const { stream } = await this.#tree.files.read(`${folder}/${number}`);
      yield* tap(stream, hash);
      if (hash.digest("hex") === etag.replaceAll('"', "")) continue;
      throw new AppError("INVALID_PARAMETER_VALUE", `part ${number} is not the one with the ETag ${etag}`);
    }
  }

  async #folderOf(uploadId: string): Promise<string> {
    const [, id] = UPLOAD_ID.exec(uploadId) ?? [];
    if (id === undefined || (await this.#tree.files.find(id)) === undefined) throw unknownUpload();
    return id;
  }

  #proof(id: string, targetUri: string): string {
    return this.#signer.hash(["upload", id, targetUri]).toString("base64url");
  }

  /** Looks through them no more often than what it looks for matters. */
  async #clearAbandoned(): Promise<void> {
    if (this.#clock.nowMs() < this.#clearAtMs) return;
    this.#clearAtMs = this.#clock.nowMs() + BOUNDS.multipartClearMs;
    const oldest = this.#clock.nowMs() - BOUNDS.multipartUploadMs;
    for (const { path } of await this.#tree.files.list("")) {
      const changed = await this.#tree.findModificationTimeMs(path);
      if (changed !== undefined && changed < oldest) await this.#tree.files.delete(path);
    }
  }
}

async function* tap(
  content: Readable,
  hash: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    yield chunk;
  }
}

export function checkPartNumber(number: number): void {
  if (number >= 1 && number <= BOUNDS.multipartPartsMax) return;
  const message = `a part's number must be 1..${BOUNDS.multipartPartsMax}, got ${number}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function checkParts(ordered: readonly UploadPart[]): void {
  for (const { number } of ordered) checkPartNumber(number);
  const repeatedPart = ordered.find((part, index) => part.number === ordered[index + 1]?.number);
  if (ordered.length > 0 && repeatedPart === undefined) return;
  const says = repeatedPart === undefined ? "there are none" : `part ${repeatedPart.number} is there twice`;
  throw new AppError("INVALID_PARAMETER_VALUE", `the parts cannot be put together: ${says}`);
}

function unknownUpload(): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", "no multipart upload with this id is open for this path");
}
