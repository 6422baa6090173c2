import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Services } from "../api/services.ts";
import { type Needed, referencesOf } from "../identity/references-of.ts";
import { downloadUriOf } from "../registry/download-uri.ts";
import { queryField, required } from "./query-field.ts";
import { sendArtifact } from "./send-artifact.ts";

/** Downloads by record and path, at the places where MLflow's page and older clients ask for them. */
export function mountArtifactDownloads(app: FastifyInstance, services: Services): void {
  const { artifacts, store } = services;
  const method = ["GET", "HEAD"];
  app.route({
    method,
    url: "/get-artifact",
    config: { permission: "experiment.view", resources: namedByRunOrModel },
    handler: async (request, reply) => {
      const runId = queryField(request, "run_id") ?? queryField(request, "run_uuid");
      const { artifactUri } = (await store.tracking.getRun(required(runId, "run_id"))).info;
      const path = required(queryField(request, "path"), "path");
      return sendArtifact(request, reply, artifacts.locate(artifactUri, path));
    },
  });
  app.route({
    method,
    url: "/model-versions/get-artifact",
    config: { permission: "model.view", resources: ({ query }) => referencesOf("model.view", query) },
    handler: async (request, reply) => {
      const name = required(queryField(request, "name"), "name");
      const version = required(queryField(request, "version"), "version");
      const uri = await downloadUriOf(store, { name, version });
      const path = required(queryField(request, "path"), "path");
      return sendArtifact(request, reply, artifacts.locate(uri, path));
    },
  });
  app.route<{ Params: { model_id: string } }>({
    method,
    url: "/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files",
    config: { permission: "experiment.view", resources: namedByRunOrModel },
    handler: async (request, reply) => {
      const field = "artifact_file_path";
      const path = required(queryField(request, field), field);
      const { artifactUri } = await store.tracking.getLoggedModel(request.params.model_id);
      return sendArtifact(request, reply, artifacts.locate(artifactUri, path));
    },
  });
}

/** What is named in the query or in the path. */
function namedByRunOrModel({ query, params }: FastifyRequest): readonly Needed[] {
  return referencesOf("experiment.view", [query, params]);
}
