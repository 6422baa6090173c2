import type { ArtifactRepository } from "@flightdeck/artifacts";
import { systemClock } from "@flightdeck/core";
import type { Store } from "@flightdeck/store";
import { join } from "node:path";
import type { Logger } from "pino";
import { UploadSlots } from "../artifacts/receive-artifact.ts";
import { RunModelsView } from "../artifacts/run-models-view.ts";
import { ServedArtifacts } from "../artifacts/served-artifacts.ts";
import { EventBus } from "../events/event-bus.ts";
import { openJobs } from "../jobs/job-services.ts";
import type { ServerOptions } from "../server-options.ts";
import { createSecretBox } from "../webhooks/secret-box.ts";
import { DEFAULT_WEBHOOK_POLICY } from "../webhooks/webhook-policy.ts";
import { Webhooks } from "../webhooks/webhooks.ts";
import { openWorkspace } from "../workspace/workspace-services.ts";
import type { Services } from "./services.ts";

export type ServicesInput = {
  readonly store: Store;
  /** Where artifacts behind the proxy are. */
  readonly destination: ArtifactRepository;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly options: Pick<
    ServerOptions,
    "defaultArtifactRoot" | "workspaceArtifactRoot" | "clock" | "webhooks" | "auth" | "jobs"
  >;
};

/** What handlers work with, over an open store. Closing them is the caller's. */
export function createServices({ store, destination, dataDir, logger, options }: ServicesInput): Services {
  const { defaultArtifactRoot = "mlflow-artifacts:/", clock = systemClock, webhooks = {} } = options;
  const { secretKey, ...policy } = webhooks;
  const { tracking } = store;
  const proxied = new RunModelsView({ base: destination, tracking, scheme: "mlflow-artifacts" });
  const artifactRoot = options.workspaceArtifactRoot;
  const { workspace, dbfs } = openWorkspace({ dataDir, clock, tracking, artifactRoot });
  return {
    store,
    artifacts: new ServedArtifacts({ proxied, dbfs, defaultArtifactRoot }),
    events: new EventBus(),
    uploads: new UploadSlots(),
    workspace,
    jobs: openJobs({ store, dbfs: workspace.dbfs.files, dataDir, clock, logger, options }),
    webhooks: new Webhooks({
      store,
      policy: { ...DEFAULT_WEBHOOK_POLICY, ...policy },
      secrets: createSecretBox({ keyFile: join(dataDir, "webhook-secrets.key"), secretKey }),
      clock,
      logger,
    }),
  };
}
