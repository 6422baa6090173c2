import type { ArtifactRepository } from "@flightdeck/artifacts";
import type { Clock } from "@flightdeck/core";
import type { ClusterStore, JobOwner, JobStore } from "@flightdeck/store";
import type { Logger } from "pino";
import type { JobExecutor } from "./execution/job-executor.ts";
import type { RunTokens } from "./run-tokens.ts";

/** What carrying out runs needs. */
export type RunnerContext = {
  readonly jobs: JobStore;
  readonly clusters: ClusterStore;
  /** Loads it with the first run: most servers have none. */
  readonly loadExecutor: () => Promise<JobExecutor>;
  readonly tokens: RunTokens;
  /** Where clusters keep their logs. */
  readonly dbfs: ArtifactRepository;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: JobOwner;
  /** Does it again while the database cannot be reached; gives up when the server closes. */
  untilStored(store: () => Promise<unknown>): Promise<void>;
};

/** What carrying out one run needs. */
export type RunContext = RunnerContext & { readonly executor: JobExecutor };
