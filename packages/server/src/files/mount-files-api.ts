import type { FastifyInstance } from "fastify";
import type { Services } from "../api/services.ts";
import { takeBodiesAsStreams } from "../artifacts/receive-artifact.ts";
import { mountDirectories } from "./directories-routes.ts";
import { mountFiles } from "./files-routes.ts";

/** The Files API, as far as it travels as streams: MLflow 3 and databricks-sdk keep artifacts and files by it. */
export function mountFilesApi(app: FastifyInstance, services: Services): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    mountFiles(scope, services);
    mountDirectories(scope, services);
  });
}
