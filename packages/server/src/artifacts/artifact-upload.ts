import { AppError } from "@flightdeck/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Services } from "../api/services.ts";
import { referencesOf } from "../identity/references-of.ts";
import { queryField, required } from "./query-field.ts";

/** Where MLflow's page stores a small artifact of a run. Its JSON is kept as it came, byte by byte. */
export function mountArtifactUpload(app: FastifyInstance, { artifacts, store }: Services): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.route({
      method: "POST",
      url: "/ajax-api/2.0/mlflow/upload-artifact",
      config: {
        permission: "experiment.edit",
        resources: ({ query }) => referencesOf("experiment.edit", query),
      },
      handler: async (request) => {
        const runId = required(queryField(request, "run_uuid"), "run_uuid");
        const path = required(queryField(request, "path"), "path");
        const content = bytesOf(request);
        const { artifactUri } = (await store.tracking.getRun(runId)).info;
        const place = artifacts.locate(artifactUri, path);
        await place.repository.write(place.path, content);
        return {};
      },
    });
  });
}

function bytesOf({ body }: FastifyRequest): Uint8Array {
  if (body instanceof Uint8Array && body.byteLength > 0) return body;
  throw new AppError("INVALID_PARAMETER_VALUE", "Request must specify data.");
}
