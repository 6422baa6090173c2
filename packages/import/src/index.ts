export type { ArtifactOrigin, ArtifactOrigins, OriginFiles } from "./artifacts/artifact-origins.ts";
export { countSource, type SourceCounts } from "./run/count-source.ts";
export type { ImportTarget } from "./run/import-context.ts";
export { COUNTED, type Counted, type ImportCounts } from "./run/import-counts.ts";
export type { ImportEvent, ImportOptions, ImportReport } from "./run/import-report.ts";
export { importWorkspace } from "./run/import-workspace.ts";
export type { ImportSource } from "./source/import-source.ts";
export { openSource, type OpenSourceOptions } from "./source/open-source.ts";
