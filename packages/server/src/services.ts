import { type ArtifactRepository, LocalTree } from "@flightdeck/artifacts";
import { type Clock, systemClock } from "@flightdeck/core";
import type { Store } from "@flightdeck/store";
import { join } from "node:path";
import type { Logger } from "pino";
import { DbfsHandles } from "./dbfs/dbfs-handles.ts";
import { EventBus } from "./events/event-stream.ts";
import { createSecretBox } from "./events/secret-box.ts";
import { DEFAULT_WEBHOOK_POLICY } from "./events/webhook-url.ts";
import { Webhooks } from "./events/webhooks.ts";
import { type JobServices, openJobs } from "./jobs/job-runner.ts";
import type { ServerOptions } from "./server-options.ts";
import { MultipartUploads } from "./storage/multipart-uploads.ts";
import { UploadSlots } from "./storage/receive-upload.ts";
import { RunModelsView } from "./storage/run-models-view.ts";
import { ServedArtifacts } from "./storage/served-artifacts.ts";
import { loadSigningKey, UrlSigner } from "./storage/signed-urls.ts";
import { workspaceArtifactRoot, type WorkspaceArtifactRoot } from "./tracking/experiment-handlers.ts";

export type ServicesInput = {
  readonly store: Store;
  /** The repository behind the artifact proxy. */
  readonly destination: ArtifactRepository;
  readonly dataDir: string;
  /** The value that the store was opened with. */
  readonly defaultArtifactRoot: string;
  readonly logger: Logger;
  readonly options: Pick<ServerOptions, "workspaceArtifactRoot" | "clock" | "webhooks" | "auth" | "jobs">;
};

/** Opens the server's long-lived services over an open store. The caller closes the store. */
export function createServices(input: ServicesInput): Services {
  const { store, destination, dataDir, defaultArtifactRoot, logger, options } = input;
  const { clock = systemClock, jobs = {} } = options;
  const { tracking } = store;
  const tree = new LocalTree(join(dataDir, "dbfs"));
  const dbfs = new RunModelsView({ base: tree.files, tracking, scheme: "dbfs" });
  const proxied = new RunModelsView({ base: destination, tracking, scheme: "mlflow-artifacts" });
  const signer = new UrlSigner(loadSigningKey(join(dataDir, "signed-urls.key")), clock);
  const needsLogin = options.auth === "token";
  return {
    store,
    artifacts: new ServedArtifacts({ proxied, dbfs, defaultArtifactRoot }),
    dbfs,
    tree,
    handles: new DbfsHandles(dbfs),
    folders: new LocalTree(join(dataDir, "workspace")),
    uploads: new UploadSlots(),
    signer,
    multipart: new MultipartUploads({ tree: new LocalTree(join(dataDir, "uploads")), signer, clock }),
    workspaceRoot: workspaceArtifactRoot(options.workspaceArtifactRoot),
    events: new EventBus(),
    webhooks: openWebhooks({ store, dataDir, clock, logger, options: options.webhooks ?? {} }),
    jobs: openJobs({ store, dbfs: tree.files, dataDir, clock, logger, options: jobs, needsLogin }),
  };
}

/** All dependencies of calls and routes. Each receives only those it uses. */
export type Services = {
  readonly store: Store;
  readonly artifacts: ServedArtifacts;
  /** DBFS as clients see it, including the models among runs' artifacts. */
  readonly dbfs: ArtifactRepository;
  /** DBFS as stored on disk. */
  readonly tree: LocalTree;
  readonly handles: DbfsHandles;
  /** The workspace's own folders. Experiments are in the store. */
  readonly folders: LocalTree;
  readonly uploads: UploadSlots;
  readonly signer: UrlSigner;
  readonly multipart: MultipartUploads;
  readonly workspaceRoot: WorkspaceArtifactRoot;
  readonly events: EventBus;
  readonly webhooks: Webhooks;
  readonly jobs: JobServices;
};

type WebhooksInput = Pick<ServicesInput, "store" | "dataDir" | "logger"> & {
  readonly clock: Clock;
  readonly options: NonNullable<ServerOptions["webhooks"]>;
};

function openWebhooks({ store, dataDir, logger, clock, options }: WebhooksInput): Webhooks {
  const { secretKey, ...policy } = options;
  return new Webhooks({
    store,
    policy: { ...DEFAULT_WEBHOOK_POLICY, ...policy },
    secrets: createSecretBox({ keyFile: join(dataDir, "webhook-secrets.key"), secretKey }),
    clock,
    logger,
  });
}
