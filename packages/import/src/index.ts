export type { ArtifactOrigin, ArtifactOrigins, OriginFiles } from "./source/artifact-origins.ts";
export { countSource, type SourceCounts } from "./run/count-source.ts";
export {
  type ImportTarget,
  COUNTED,
  type Counted,
  type ImportCounts,
  type ImportEvent,
  type ImportOptions,
  type ImportReport,
} from "./run/import-context.ts";
export { importWorkspace } from "./run/import-workspace.ts";
export type { ImportSource } from "./source/import-source.ts";
export { openSource, type OpenSourceOptions } from "./open-source.ts";
