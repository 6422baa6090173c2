import type { ArtifactRepository } from "@flightdeck/artifacts";
import type { Clock } from "@flightdeck/core";
import type { ClusterStore, JobOwner, JobStore } from "@flightdeck/store";
import type { Logger } from "pino";
import type { JobExecutor } from "./execution/job-executor.ts";
import type { RunTokens } from "./run-token.ts";

/** What carrying out a run needs. */
export type RunnerContext = {
  readonly jobs: JobStore;
  readonly clusters: ClusterStore;
  readonly executor: JobExecutor;
  readonly tokens: RunTokens;
  /** Where clusters keep their logs. */
  readonly dbfs: ArtifactRepository;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: JobOwner;
  /** Does it again while the database cannot be reached; gives up when the server closes. */
  untilStored(store: () => Promise<unknown>): Promise<void>;
};
