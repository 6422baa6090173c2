export type { ArtifactRepository, ByteBounds, ByteRange, OpenedArtifact } from "./artifact-repository.ts";
export {
  DbfsArtifactRepository,
  type DbfsArtifactRepositoryOptions,
} from "./remote/dbfs-artifact-repository.ts";
export { unreadableArtifact } from "./file-error.ts";
export {
  FilesArtifactRepository,
  type FilesArtifactRepositoryOptions,
} from "./remote/files-artifact-repository.ts";
export type { Fetch } from "./remote/server-requests.ts";
export {
  HttpArtifactRepository,
  type HttpArtifactRepositoryOptions,
} from "./remote/http-artifact-repository.ts";
export { LocalArtifactRepository, type FolderSize } from "./local/local-artifact-repository.ts";
export { LocalTree } from "./local/local-tree.ts";
export { openArtifactRepository, type OpenArtifactRepositoryOptions } from "./open-artifact-repository.ts";
export {
  checkArtifactPath,
  decodeArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
  resolveArtifactPath,
} from "./artifact-path.ts";
export {
  type ModelFiles,
  parseDbfsPath,
  parseModelFiles,
  parseTrackedFiles,
  type TrackedFiles,
  EXPERIMENT_FOLDERS,
  findExperimentOfDbfsPath,
} from "./databricks-paths.ts";
export {
  downloadFolder,
  type DownloadFolderInput,
  type TransferOptions,
  type TransferProgress,
  type TransferSummary,
  uploadFolder,
  type UploadFolderInput,
} from "./transfer-folder.ts";
export { type BoundedOptions, forEachBounded } from "./for-each-bounded.ts";
export { type ArtifactUri, type ModelReference, parseArtifactUri } from "./artifact-uri.ts";
