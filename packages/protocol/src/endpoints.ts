import { artifactEndpoints } from "./artifacts/endpoints.ts";
import { clusterEndpoints } from "./clusters/endpoints.ts";
import { databricksEndpoints } from "./databricks/endpoints.ts";
import { datasetEndpoints } from "./datasets/endpoints.ts";
import { dbfsEndpoints } from "./dbfs/endpoints.ts";
import { experimentEndpoints } from "./experiments/endpoints.ts";
import { filesEndpoints } from "./files/endpoints.ts";
import { identityEndpoints } from "./identity/endpoints.ts";
import { jobEndpoints } from "./jobs/endpoints.ts";
import { loggedModelEndpoints } from "./logged-models/endpoints.ts";
import { registryEndpoints } from "./registry/endpoints.ts";
import { runEndpoints } from "./runs/endpoints.ts";
import { serverInfoEndpoints } from "./server-info.ts";
import { traceEndpoints } from "./traces/endpoints.ts";
import { catalogEndpoints } from "./unity-catalog/catalog-endpoints.ts";
import { unityCatalogEndpoints } from "./unity-catalog/endpoints.ts";
import { schemaEndpoints } from "./unity-catalog/schema-endpoints.ts";
import { webhookEndpoints } from "./webhooks/endpoints.ts";
import { workspaceEndpoints } from "./workspace/endpoints.ts";

/** The one table of what travels as JSON. The server mounts it, the client calls through it, tests walk it. */
export const endpoints = {
  ...experimentEndpoints,
  ...datasetEndpoints,
  ...runEndpoints,
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

export type EndpointName = keyof typeof endpoints;

/** Both are served alike; MLflow's own page calls the second. */
export const API_PREFIXES = ["/api", "/ajax-api"] as const;
