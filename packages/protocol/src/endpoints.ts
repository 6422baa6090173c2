import { artifactEndpoints } from "./artifacts.ts";
import { clusterEndpoints } from "./clusters.ts";
import { databricksEndpoints } from "./databricks.ts";
import { datasetEndpoints } from "./datasets.ts";
import { dbfsEndpoints } from "./dbfs.ts";
import { experimentEndpoints } from "./experiments.ts";
import { filesEndpoints } from "./files.ts";
import { identityEndpoints } from "./identity.ts";
import { jobEndpoints } from "./jobs/endpoints.ts";
import { loggedModelEndpoints } from "./logged-models/endpoints.ts";
import { registryEndpoints } from "./registry/endpoints.ts";
import { runEndpoints } from "./runs/endpoints.ts";
import { runTableEndpoints } from "./runs/run-table.ts";
import { serverInfoEndpoints } from "./server-info.ts";
import { traceEndpoints } from "./traces/endpoints.ts";
import { catalogEndpoints, schemaEndpoints } from "./unity-catalog/catalog-endpoints.ts";
import { unityCatalogEndpoints } from "./unity-catalog/endpoints.ts";
import { webhookEndpoints } from "./webhooks.ts";
import { workspaceEndpoints } from "./workspace.ts";

/** The table of all JSON calls. The server mounts it, the client calls through it, and tests iterate over it. */
export const endpoints = {
  ...experimentEndpoints,
  ...datasetEndpoints,
  ...runEndpoints,
  ...runTableEndpoints,
  ...artifactEndpoints,
  ...loggedModelEndpoints,
  ...registryEndpoints,
  ...databricksEndpoints,
  ...unityCatalogEndpoints,
  ...catalogEndpoints,
  ...schemaEndpoints,
  ...dbfsEndpoints,
  ...filesEndpoints,
  ...workspaceEndpoints,
  ...jobEndpoints,
  ...clusterEndpoints,
  ...traceEndpoints,
  ...webhookEndpoints,
  ...identityEndpoints,
  ...serverInfoEndpoints,
};

/** The name of a call: a key of `endpoints`, and the name of the handler on the server. */
export type EndpointName = keyof typeof endpoints;

/** Both serve the same calls; MLflow's own page uses the second. */
export const API_PREFIXES = ["/api", "/ajax-api"] as const;
