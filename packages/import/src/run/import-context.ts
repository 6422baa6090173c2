import type { ArtifactRepository } from "@flightdeck/artifacts";
import type { ImportSink } from "@flightdeck/store";
import type { ImportSource } from "../source/import-source.ts";
import type { ImportCounts } from "./import-counts.ts";
import type { ImportOptions } from "./import-report.ts";
import type { Notes } from "./notes.ts";

/** Where a workspace is imported to. */
export type ImportTarget = {
  readonly imports: ImportSink;
  /** What `mlflow-artifacts:/` stands for there. */
  readonly artifacts: ArtifactRepository;
};

/** What the parts of an import share. The counts and notes grow. */
export type ImportContext = {
  readonly source: ImportSource;
  readonly target: ImportTarget;
  readonly sourceCounts: ImportCounts;
  readonly targetCounts: ImportCounts;
  readonly notes: Notes;
  readonly options: ImportOptions;
  /** The experiment that is being imported. */
  readonly experiment: { readonly name: string; readonly targetId: string };
};
