export type { ArtifactRepository, ByteRange, OpenedArtifact } from "./artifact-repository.ts";
export {
  DbfsArtifactRepository,
  type DbfsArtifactRepositoryOptions,
} from "./dbfs/dbfs-artifact-repository.ts";
export { unreadableArtifact } from "./file-error.ts";
export {
  FilesArtifactRepository,
  type FilesArtifactRepositoryOptions,
} from "./files/files-artifact-repository.ts";
export type { Fetch } from "./http/fetch.ts";
export {
  HttpArtifactRepository,
  type HttpArtifactRepositoryOptions,
} from "./http/http-artifact-repository.ts";
export { LocalArtifactRepository } from "./local/local-artifact-repository.ts";
export { LocalTree } from "./local/local-tree.ts";
export type { FolderSize } from "./local/measure-folder.ts";
export { openArtifactRepository, type OpenArtifactRepositoryOptions } from "./open-artifact-repository.ts";
export {
  checkArtifactPath,
  decodeArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
} from "./paths/check-artifact-path.ts";
export {
  type ModelFiles,
  parseDbfsPath,
  parseModelFiles,
  parseTrackedFiles,
  type TrackedFiles,
} from "./paths/databricks-paths.ts";
export { resolveArtifactPath } from "./paths/resolve-artifact-path.ts";
export { downloadFolder, type DownloadFolderInput } from "./transfer/download-folder.ts";
export { type BoundedOptions, forEachBounded } from "./transfer/for-each-bounded.ts";
export type { TransferOptions, TransferProgress, TransferSummary } from "./transfer/transfer-progress.ts";
export { uploadFolder, type UploadFolderInput } from "./transfer/upload-folder.ts";
export type { ArtifactUri, ModelReference } from "./uri/artifact-uri.ts";
export { parseArtifactUri } from "./uri/parse-artifact-uri.ts";
