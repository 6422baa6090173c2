import {
  loggedModel,
  modelId,
  modelName,
  registeredModel,
  requiredText,
  run,
  withRunId,
} from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { downloadUriOf } from "../registry/download-uri.ts";
import { sendArtifact } from "./send-artifact.ts";

/** Downloads by record and path, at the places where MLflow's page and older clients ask for them. */
export function mountArtifactDownloads(app: FastifyInstance, { artifacts, store }: Services): void {
  const methods = ["GET", "HEAD"];
  mountRoute(app, store, {
    name: "downloadArtifact",
    methods,
    url: "/get-artifact",
    request: withRunId({ path: requiredText }),
    reads: ({ run_id: id }) => [run(id)],
    answer: async ({ run_id: id, path }, call) => {
      const { artifactUri } = (await call.store.tracking.getRun(id)).info;
      return sendArtifact(call.request, call.reply, artifacts.locate(artifactUri, path));
    },
  });
  mountRoute(app, store, {
    name: "downloadModelVersionArtifact",
    methods,
    url: "/model-versions/get-artifact",
    request: z.object({ name: modelName, version: requiredText, path: requiredText }),
    reads: ({ name }) => [registeredModel(name)],
    answer: async ({ name, version, path }, call) => {
      const uri = await downloadUriOf(call.store, { name, version });
      return sendArtifact(call.request, call.reply, artifacts.locate(uri, path));
    },
  });
  mountRoute(app, store, {
    name: "downloadLoggedModelArtifact",
    methods,
    url: "/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files",
    request: z.object({ model_id: modelId, artifact_file_path: requiredText }),
    reads: ({ model_id: id }) => [loggedModel(id)],
    answer: async ({ model_id: id, artifact_file_path: path }, call) => {
      const { artifactUri } = await call.store.tracking.getLoggedModel(id);
      return sendArtifact(call.request, call.reply, artifacts.locate(artifactUri, path));
    },
  });
}
