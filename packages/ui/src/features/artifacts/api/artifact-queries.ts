import type { FileInfo } from "@flightdeck/protocol";
import { queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { compareNatural } from "../../../lib/natural-order.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";
import { type ArtifactPlace, baseName } from "../artifact-root.ts";
import { imageMediaType } from "../preview-kind.ts";
import { artifactAddress } from "./artifact-address.ts";
import { readFirstBytes } from "./read-first-bytes.ts";

/** A preview is for recognising a file; this much text is some five thousand lines. */
export const PREVIEW_BYTES_MAX = 256 * 1024;
/** Larger pictures are downloaded, not shown. */
export const IMAGE_BYTES_MAX = 20 * 1024 * 1024;
/** Longer folders are cut, and say so. */
const FOLDER_ENTRIES_MAX = 5000;

export type Folder = { readonly files: readonly FileInfo[]; readonly isCut: boolean };

/** What is directly in a folder: folders first, then files, each in natural order. */
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

/** The first part of a file as text. */
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

/** An image's bytes under an image's media type, so that the browser can only draw them, never run them. */
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
