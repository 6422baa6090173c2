import type { ArtifactRepository, LocalTree } from "@flightdeck/artifacts";
import { AppError, type Clock, newId } from "@flightdeck/core";
import type { UploadPart } from "@flightdeck/protocol";
import { createHash, timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import { checkShare, type Holder, type Scarce } from "../identity/shares.ts";
import type { ServedArtifacts } from "./served-artifacts.ts";
import type { UrlSigner } from "./signed-urls.ts";

/** As in S3, so that clients split files the same way. */
export const PARTS_MAX = 10_000;
/** Open uploads; each is a folder with the parts received so far. */
export const MULTIPART_UPLOADS_MAX = 1000;
/** An upload without activity for a day was abandoned. */
export const MULTIPART_UPLOAD_MS = 86_400_000;
/** The least time between searches for abandoned uploads, which look at each upload. */
const CLEAR_MS = 60_000;

/** Dependencies of signed URLs and multipart uploads. */
export type SignedStorage = {
  readonly artifacts: ServedArtifacts;
  readonly multipart: MultipartUploads;
  readonly signer: UrlSigner;
};

/** The artifact that an upload was started for. An upload cannot be completed as another artifact. */
export type UploadTarget = {
  /** Identifies the artifact on this server, such as `dbfs:/x/y`. */
  readonly uri: string;
  readonly repository: ArtifactRepository;
  readonly path: string;
};

export type MultipartUploadsOptions = {
  /** Holds the parts until the upload is completed. */
  readonly tree: LocalTree;
  readonly signer: UrlSigner;
  readonly clock: Clock;
};

/** The name of its folder, which ends with the holder where somebody logged in, and the proof of its target. */
const UPLOAD_ID = /^([0-9a-f]{32}(?:\.\d+)?)-([\w-]{43})$/;

const OPEN_UPLOADS: Scarce = { max: MULTIPART_UPLOADS_MAX, what: "multipart uploads are open" };

/**
 * Large artifacts that arrive in parts, in any order. The id of an upload holds a keyed hash of its target, so it works for
 * that artifact only. The parts are in a folder of their own, so an upload survives a restart.
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

  /** Starts an upload and returns its id. Uploads start one after another, so that the count is still right when the folder is made. */
  async create(targetUri: string, holder: Holder): Promise<string> {
    const created = this.#lastCreated.then(() => this.#create(targetUri, holder));
    this.#lastCreated = created.catch(() => undefined); // Reported to its own caller.
    return await created;
  }

  /** Deletes abandoned uploads first. */
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

  /** Throws `RESOURCE_DOES_NOT_EXIST` unless `create` returned the id for this target. */
  check(uploadId: string, targetUri: string): void {
    const [, id, proof] = UPLOAD_ID.exec(uploadId) ?? [];
    if (id === undefined || proof === undefined) throw unknownUpload();
    const due = Buffer.from(this.#proof(id, targetUri));
    if (!timingSafeEqual(Buffer.from(proof), due)) throw unknownUpload();
  }

  /** Stores one part, replacing an earlier attempt, and returns its ETag. */
  async writePart(uploadId: string, number: number, content: Readable): Promise<string> {
    const folder = await this.#folderOf(uploadId);
    checkPartNumber(number);
    const hash = createHash("sha256");
    const hashed = Readable.from(tap(content, hash), { objectMode: false });
    await this.#tree.files.write(`${folder}/${number}`, hashed);
    return `"${hash.digest("hex")}"`;
  }

  /** Joins the parts into the artifact. Throws when a part is missing or has changed, and then leaves the artifact as it was. */
  async complete(uploadId: string, target: UploadTarget, parts: readonly UploadPart[]): Promise<void> {
    this.check(uploadId, target.uri);
    const folder = await this.#folderOf(uploadId);
    const ordered = parts.toSorted((a, b) => a.number - b.number);
    checkParts(ordered);
    const content = Readable.from(this.#joined(folder, ordered), { objectMode: false });
    await target.repository.write(target.path, content);
    await this.#tree.files.delete(folder);
  }

  /** Aborts an upload. Does nothing for one that does not exist. */
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
      throw new AppError("INVALID_PARAMETER_VALUE", `part ${number} does not have the ETag ${etag}`);
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

  /** Runs at most once every `CLEAR_MS`. */
  async #clearAbandoned(): Promise<void> {
    if (this.#clock.nowMs() < this.#clearAtMs) return;
    this.#clearAtMs = this.#clock.nowMs() + CLEAR_MS;
    const oldest = this.#clock.nowMs() - MULTIPART_UPLOAD_MS;
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
  if (number >= 1 && number <= PARTS_MAX) return;
  const message = `a part's number must be 1..${PARTS_MAX}, got ${number}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function checkParts(ordered: readonly UploadPart[]): void {
  for (const { number } of ordered) checkPartNumber(number);
  const repeatedPart = ordered.find((part, index) => part.number === ordered[index + 1]?.number);
  if (ordered.length > 0 && repeatedPart === undefined) return;
  const says = repeatedPart === undefined ? "none are listed" : `part ${repeatedPart.number} is listed twice`;
  throw new AppError("INVALID_PARAMETER_VALUE", `the parts cannot be joined: ${says}`);
}

function unknownUpload(): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", "no multipart upload with this id is open for this path");
}
