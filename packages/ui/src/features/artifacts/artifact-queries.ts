import type { FileInfo } from "@flightdeck/protocol";
import { queryOptions } from "@tanstack/react-query";
import { authorizedFetch, errorOf } from "../../lib/authorized-fetch.ts";
import { mlflowClient, serverUrl } from "../../lib/mlflow-client.ts";
import { compareNatural } from "../../lib/names.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import { type ArtifactPlace, baseName } from "./artifact-root.ts";
import { imageMediaType } from "./preview-kind.ts";

/** Enough to recognize a file: about five thousand lines of text. */
export const PREVIEW_BYTES_MAX = 256 * 1024;
/** Larger images are not previewed, only downloaded. */
export const IMAGE_BYTES_MAX = 20 * 1024 * 1024;
/** Longer folders are truncated, with a note. */
const FOLDER_ENTRIES_MAX = 5000;

export type Folder = { readonly files: readonly FileInfo[]; readonly isCut: boolean };

/** A folder's direct contents: folders first, then files, each in natural order. */
export function folderQuery(place: ArtifactPlace) {
  const { root, path } = place;
  return queryOptions({
    queryKey: [QUERY_KEYS.artifacts, root.kind, root.id, path],
    queryFn: async ({ signal }): Promise<Folder> => {
      const files: FileInfo[] = [];
      let pageToken: string | undefined;
      do {
        const page = await listPage(place, { pageToken, signal });
        files.push(...page.items);
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined && files.length < FOLDER_ENTRIES_MAX);
      return { files: files.toSorted(foldersFirst), isCut: pageToken !== undefined };
    },
  });
}

export type TextStart = { readonly text: string; readonly isWhole: boolean; readonly isBinary: boolean };

/** The beginning of a file as text. */
export function textStartQuery(place: ArtifactPlace) {
  return queryOptions({
    queryKey: [QUERY_KEYS.artifactContent, place.root.kind, place.root.id, place.path, "text"],
    queryFn: async ({ signal }): Promise<TextStart> => {
      const { bytes, isWhole } = await readFirstBytes(artifactAddress(place), {
        bytesMax: PREVIEW_BYTES_MAX,
        signal,
      });
      return { text: new TextDecoder().decode(bytes), isWhole, isBinary: bytes.includes(0) };
    },
  });
}

/** An image's bytes with an image media type, so that the browser can only draw them, never run them. */
export function imageQuery(place: ArtifactPlace) {
  return queryOptions({
    queryKey: [QUERY_KEYS.artifactContent, place.root.kind, place.root.id, place.path, "image"],
    queryFn: async ({ signal }): Promise<Blob> => {
      const { bytes } = await readFirstBytes(artifactAddress(place), { bytesMax: IMAGE_BYTES_MAX, signal });
      return new Blob([bytes], { type: imageMediaType(place.path) });
    },
  });
}

type ListPageOptions = { readonly pageToken: string | undefined; readonly signal: AbortSignal };

function listPage({ root, path }: ArtifactPlace, { pageToken, signal }: ListPageOptions) {
  const where = { path: path === "" ? undefined : path, pageToken };
  return root.kind === "run"
    ? mlflowClient.listArtifacts({ runId: root.id, ...where }, { signal })
    : mlflowClient.listLoggedModelArtifacts({ modelId: root.id, ...where }, { signal });
}

function foldersFirst(a: FileInfo, b: FileInfo): number {
  if (a.isDir !== b.isDir) return a.isDir ? -1 : 1;
  return compareNatural(baseName(a.path), baseName(b.path));
}

/** The address from which the server streams a file. MLflow has separate routes for runs and logged models. */
export function artifactAddress({ root, path }: ArtifactPlace): string {
  if (root.kind === "run")
    return `${serverUrl}/get-artifact?${new URLSearchParams({ path, run_id: root.id }).toString()}`;
  const query = new URLSearchParams({ artifact_file_path: path }).toString();
  return `${serverUrl}/ajax-api/2.0/mlflow/logged-models/${encodeURIComponent(root.id)}/artifacts/files?${query}`;
}

export type FirstBytes = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the bytes are the entire file. */
  readonly isWhole: boolean;
};

type ReadOptions = { readonly bytesMax: number; readonly signal: AbortSignal };

/**
 * Reads the first bytes at an address. Requests only that range; if the server sends everything, the rest is not read.
 * Throws the `AppError` of any response other than success.
 */
export async function readFirstBytes(
  address: string,
  { bytesMax, signal }: ReadOptions,
): Promise<FirstBytes> {
  // Ask for one extra byte to learn whether there is more.
  const response = await authorizedFetch(address, { signal, headers: { range: `bytes=0-${bytesMax}` } });
  if (response.status === RANGE_NOT_SATISFIABLE) return { bytes: new Uint8Array(0), isWhole: true };
  if (!response.ok) throw await errorOf(response);
  const reader = response.body?.getReader();
  if (reader === undefined) return { bytes: new Uint8Array(0), isWhole: true };
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= bytesMax) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  await reader.cancel();
  return { bytes: join(chunks, Math.min(length, bytesMax)), isWhole: length <= bytesMax };
}

/** Servers answer this for a range of an empty file. */
const RANGE_NOT_SATISFIABLE = 416;

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk.subarray(0, length - offset), offset);
    offset += Math.min(chunk.length, length - offset);
  }
  return all;
}
