import { z } from "zod";
import { type Page } from "../page.ts";
import { bool, int64, repeated } from "../scalars.ts";

/** One entry of an artifact folder. `path` is relative to the root that was listed. */
export type FileInfo = { readonly path: string; readonly isDir: boolean; readonly fileSizeBytes?: number };

export const fileInfoSchema = z.object({
  path: z.string(),
  is_dir: bool.default(false),
  file_size: int64.optional(),
});
export type FileInfoWire = z.infer<typeof fileInfoSchema>;

export const artifactPage = z.object({
  root_uri: z.string().default(""),
  files: repeated(fileInfoSchema),
  next_page_token: z.string().optional(),
});

export function fileInfoToWire(info: FileInfo): FileInfoWire {
  return {
    path: info.path,
    is_dir: info.isDir,
    ...(info.fileSizeBytes !== undefined && { file_size: info.fileSizeBytes }),
  };
}

export function fileInfoFromWire(wire: FileInfoWire): FileInfo {
  return {
    path: wire.path,
    isDir: wire.is_dir,
    ...(wire.file_size !== undefined && { fileSizeBytes: wire.file_size }),
  };
}

/** What `listArtifacts` takes. */
export type ListArtifactsInput = {
  readonly runId: string;
  /** A folder below the run's artifact root; absent means the root. */
  readonly path?: string | undefined;
  readonly pageToken?: string | undefined;
};

/** A page of a folder; `rootUri` is what the entries' paths are relative to. */
export type ArtifactPage = Page<FileInfo> & { readonly rootUri: string };

/** The request of `listArtifacts` as it travels. */
export function listArtifactsToWire({ runId, path, pageToken }: ListArtifactsInput) {
  return { run_id: runId, path, page_token: pageToken };
}
