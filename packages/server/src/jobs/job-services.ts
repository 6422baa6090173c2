import type { ArtifactRepository } from "@flightdeck/artifacts";
import type { Clock } from "@flightdeck/core";
import type { JobOwner, Store } from "@flightdeck/store";
import { availableParallelism } from "node:os";
import type { Logger } from "pino";
import type { ServerOptions } from "../server-options.ts";
import type { JobExecutor } from "./execution/job-executor.ts";
import { JobRunner } from "./job-runner.ts";
import { RunTokens } from "./run-tokens.ts";
import { forgetServer, identifyServer } from "./server-identity.ts";

/** What handlers work with that have to do with jobs. */
export type JobServices = {
  /** Whether everybody who reaches the server may run them. */
  readonly isOpen: boolean;
  readonly loadExecutor: () => Promise<JobExecutor>;
  /** Tells that a run was queued. */
  wake(): void;
  /** Ends a run that this server carries out. */
  cancel(runId: number, message: string): void;
  /** Begins to carry out runs, for tasks that reach this server at `url`. */
  start(url: string): Promise<void>;
  close(): Promise<void>;
};

export type JobServicesInput = {
  readonly store: Store;
  readonly dbfs: ArtifactRepository;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: Pick<ServerOptions, "auth" | "jobs">;
};

/** Nothing is carried out before `start`. */
export function openJobs({ store, dbfs, dataDir, clock, logger, options }: JobServicesInput): JobServices {
  const { auth = "none", jobs = {} } = options;
  const { maxParallel = availableParallelism() } = jobs;
  const tokens = new RunTokens(store.workspace, { needsLogin: auth === "token" });
  let serverUrl = "";
  let loading: Promise<JobExecutor> | undefined;
  const load = async (): Promise<JobExecutor> => {
    const { JobExecutor } = await import("./execution/job-executor.ts");
    return new JobExecutor({ dataDir, serverUrl: () => serverUrl, logger });
  };
  const loadExecutor = (): Promise<JobExecutor> => (loading ??= load());
  let running: { readonly runner: JobRunner; readonly owner: JobOwner } | undefined;
  return {
    isOpen: jobs.allow === true,
    loadExecutor,
    wake: () => running?.runner.wake(),
    cancel: (runId, message) => running?.runner.cancel(runId, message),
    start: async (url) => {
      serverUrl = url;
      const owner = await identifyServer();
      const { jobs: queue, clusters } = store;
      const context = { jobs: queue, clusters, loadExecutor, tokens, dbfs, clock, logger, owner };
      running = { runner: new JobRunner({ context, maxParallel }), owner };
      running.runner.start();
    },
    close: async () => {
      if (running === undefined) return;
      await running.runner.close();
      forgetServer(running.owner);
    },
  };
}
