import { artifactHandlers } from "./artifacts/artifact-api.ts";
import { credentialHandlers } from "./artifacts/signed-api.ts";
import type { Handlers } from "./calls/handler.ts";
import { dbfsHandlers } from "./dbfs/dbfs-handlers.ts";
import { serverInfoHandlers } from "./description/server-info.ts";
import { webhookHandlers } from "./events/webhooks.ts";
import { filesHandlers } from "./files/files-api.ts";
import { clusterHandlers } from "./jobs/clusters.ts";
import { jobHandlers } from "./jobs/job-handlers.ts";
import { jobRunHandlers } from "./jobs/job-run-handlers.ts";
import { databricksRegistryHandlers, modelVersionHandlers } from "./registry/model-version-handlers.ts";
import { registeredModelHandlers } from "./registry/registered-model-handlers.ts";
import { catalogHandlers, unityCatalogModelHandlers } from "./registry/unity-catalog-models.ts";
import { schemaHandlers } from "./registry/unity-catalog-names.ts";
import { catalogVersionHandlers, unityCatalogVersionHandlers } from "./registry/unity-catalog-versions.ts";
import type { Services } from "./services.ts";
import { experimentHandlers } from "./tracking/experiment-handlers.ts";
import { loggedModelHandlers, loggingHandlers, runHandlers } from "./tracking/run-handlers.ts";
import { runTableHandlers } from "./tracking/run-table.ts";
import { assessmentHandlers, traceHandlers } from "./tracking/traces.ts";
import { identityHandlers } from "./workspace/accounts.ts";
import { workspaceHandlers } from "./workspace/workspace-handlers.ts";

/** Creates a handler for each call of the endpoint table. */
export function createHandlers(services: Services): Handlers {
  const { artifacts, dbfs, folders, handles, jobs, multipart, signer, tree, webhooks, workspaceRoot } =
    services;
  return {
    ...experimentHandlers({ workspaceRoot }),
    ...runHandlers,
    ...loggingHandlers,
    ...runTableHandlers,
    ...loggedModelHandlers({ artifacts }),
    ...traceHandlers,
    ...assessmentHandlers,
    ...artifactHandlers({ artifacts }),
    ...credentialHandlers({ artifacts, multipart, signer }),
    ...filesHandlers({ artifacts, multipart, signer }),
    ...dbfsHandlers({ dbfs, tree, handles }),
    ...registeredModelHandlers,
    ...modelVersionHandlers,
    ...databricksRegistryHandlers({ artifacts, signer }),
    ...unityCatalogModelHandlers,
    ...unityCatalogVersionHandlers,
    ...catalogHandlers,
    ...catalogVersionHandlers,
    ...schemaHandlers,
    ...webhookHandlers({ webhooks }),
    ...jobHandlers({ jobs }),
    ...jobRunHandlers({ jobs }),
    ...clusterHandlers({ mayAllRunJobs: jobs.mayAllRunJobs }),
    ...workspaceHandlers({ folders }),
    ...identityHandlers,
    ...serverInfoHandlers,
  };
}
