import { artifactHandlers } from "../artifacts/artifact-handlers.ts";
import { clusterHandlers } from "../clusters/cluster-handlers.ts";
import { dbfsHandlers } from "../dbfs/dbfs-handlers.ts";
import { experimentHandlers } from "../experiments/experiment-handlers.ts";
import { identityHandlers } from "../identity/identity-handlers.ts";
import { filesHandlers } from "../files/files-handlers.ts";
import { jobHandlers } from "../jobs/job-handlers.ts";
import { jobRunHandlers } from "../jobs/job-run-handlers.ts";
import { loggedModelHandlers } from "../logged-models/logged-model-handlers.ts";
import { databricksRegistryHandlers } from "../registry/databricks-registry-handlers.ts";
import { modelVersionHandlers } from "../registry/model-version-handlers.ts";
import { registeredModelHandlers } from "../registry/registered-model-handlers.ts";
import { loggingHandlers } from "../runs/logging-handlers.ts";
import { runHandlers } from "../runs/run-handlers.ts";
import { serverInfoHandlers } from "../server-info/server-info-handlers.ts";
import { credentialHandlers } from "../signed/credential-handlers.ts";
import { catalogHandlers } from "../unity-catalog/catalog-handlers.ts";
import { catalogVersionHandlers } from "../unity-catalog/catalog-version-handlers.ts";
import { unityCatalogModelHandlers } from "../unity-catalog/model-handlers.ts";
import { unityCatalogVersionHandlers } from "../unity-catalog/version-handlers.ts";
import { schemaHandlers } from "../unity-catalog/schema-handlers.ts";
import { webhookHandlers } from "../webhooks/webhook-handlers.ts";
import { assessmentHandlers } from "../traces/assessment-handlers.ts";
import { traceHandlers } from "../traces/trace-handlers.ts";
import { workspaceHandlers } from "../workspace/workspace-handlers.ts";
import type { Handlers } from "./handler.ts";

export const handlers: Handlers = {
  ...experimentHandlers,
  ...runHandlers,
  ...loggingHandlers,
  ...artifactHandlers,
  ...loggedModelHandlers,
  ...registeredModelHandlers,
  ...modelVersionHandlers,
  ...traceHandlers,
  ...assessmentHandlers,
  ...webhookHandlers,
  ...identityHandlers,
  ...databricksRegistryHandlers,
  ...unityCatalogModelHandlers,
  ...unityCatalogVersionHandlers,
  ...catalogHandlers,
  ...catalogVersionHandlers,
  ...schemaHandlers,
  ...credentialHandlers,
  ...dbfsHandlers,
  ...filesHandlers,
  ...workspaceHandlers,
  ...jobHandlers,
  ...jobRunHandlers,
  ...clusterHandlers,
  ...serverInfoHandlers,
};
