import { AppError } from "@flightdeck/core";
import { requiredText, run, runId } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";

/** Where MLflow's page stores a small artifact of a run. Its JSON is kept as it came, byte by byte. */
export function mountArtifactUpload(app: FastifyInstance, { artifacts, store }: Services): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    mountRoute(scope, store, {
      name: "uploadArtifact",
      methods: ["POST"],
      url: "/ajax-api/2.0/mlflow/upload-artifact",
      request: z.object({ run_uuid: runId, path: requiredText }),
      edits: ({ run_uuid: id }) => [run(id)],
      answer: async ({ run_uuid: id, path }, call) => {
        const content = bytesOf(call.request);
        const { artifactUri } = (await call.store.tracking.getRun(id)).info;
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
