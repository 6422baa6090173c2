import { AppError, isAppError } from "@flightdeck/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Services } from "../api/services.ts";
import { pathBelow } from "../artifacts/path-below.ts";
import { queryField } from "../artifacts/query-field.ts";
import { takeBodiesAsStreams } from "../artifacts/receive-artifact.ts";
import { sendArtifact } from "../artifacts/send-artifact.ts";
import { dbfsNeeded } from "../identity/dbfs-needed.ts";
import { checkWritable } from "./dbfs-handlers.ts";

const ROOT = "/dbfs/";

/**
 * Where runs and models keep artifacts. MLflow's clients log an artifact again under its name, a figure say, and on all
 * other storage the later one counts; elsewhere a POST replaces nothing.
 */
const ARTIFACT_ROOTS = ["databricks/mlflow/", "databricks/mlflow-tracking/"];

/** Whole files of DBFS as streams, at `/dbfs/<path>`. */
export function mountDbfsStreams(app: FastifyInstance, services: Services): void {
  const { artifacts, uploads } = services;
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    scope.route({
      method: ["GET", "HEAD"],
      url: `${ROOT}*`,
      config: {
        permission: "workspace.view",
        resources: (request) => dbfsNeeded(pathBelow(ROOT, request), "CAN_READ"),
      },
      handler: (request, reply) =>
        sendArtifact(request, reply, { repository: artifacts.dbfs, path: pathBelow(ROOT, request) }),
    });
    scope.route({
      method: ["POST", "PUT"],
      url: `${ROOT}*`,
      config: {
        permission: "workspace.edit",
        rawBody: true,
        resources: (request) => dbfsNeeded(pathBelow(ROOT, request), "CAN_EDIT"),
      },
      handler: async (request) => {
        const path = pathBelow(ROOT, request);
        await checkFree(services, path, mayReplace(request, path));
        await uploads.receive(request, (content) => artifacts.dbfs.write(path, content));
        return {};
      },
    });
  });
}

function mayReplace(request: FastifyRequest, path: string): boolean {
  if (request.method === "PUT" || queryField(request, "overwrite")?.toLowerCase() === "true") return true;
  return ARTIFACT_ROOTS.some((root) => path.startsWith(root));
}

/** MLflow's project runs go on when they read "File already exists" in a 409: the same code was uploaded before. */
async function checkFree(services: Services, path: string, overwrite: boolean): Promise<void> {
  try {
    await checkWritable(services, path, { overwrite });
  } catch (error) {
    if (!isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    throw new AppError("ALREADY_EXISTS", `File already exists: dbfs:/${path}`, { cause: error });
  }
}
