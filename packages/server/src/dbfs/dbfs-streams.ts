import { AppError, isAppError } from "@flightdeck/core";
import { bool, dbfsPath, dbfsPathText } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { takeBodiesAsStreams } from "../artifacts/receive-artifact.ts";
import { sendArtifact } from "../artifacts/send-artifact.ts";
import { checkWritable } from "./dbfs-handlers.ts";

const ROOT = "/dbfs/";

/**
 * Where runs and models keep artifacts. MLflow's clients log an artifact again under its name, a figure say, and on all
 * other storage the later one counts; elsewhere a POST replaces nothing.
 */
const ARTIFACT_ROOTS = ["databricks/mlflow/", "databricks/mlflow-tracking/"];

const request = z.object({ "*": dbfsPathText, overwrite: bool.default(false) });

/** Whole files of DBFS as streams, at `/dbfs/<path>`. */
export function mountDbfsStreams(app: FastifyInstance, services: Services): void {
  const { artifacts, store, uploads } = services;
  const url = `${ROOT}*`;
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    mountRoute(scope, store, {
      name: "downloadDbfsFile",
      methods: ["GET", "HEAD"],
      url,
      request,
      reads: ({ "*": path }) => [dbfsPath(`/${path}`)],
      answer: ({ "*": path }, call) =>
        sendArtifact(call.request, call.reply, { repository: artifacts.dbfs, path }),
    });
    mountRoute(scope, store, {
      name: "uploadDbfsFile",
      methods: ["POST", "PUT"],
      url,
      request,
      takesAnyBody: true,
      edits: ({ "*": path }) => [dbfsPath(`/${path}`)],
      answer: async ({ "*": path, overwrite }, call) => {
        const mayReplace = overwrite || call.request.method === "PUT" || isArtifact(path);
        await checkFree(services, path, mayReplace);
        await uploads.receive(call.request, (content) => artifacts.dbfs.write(path, content));
        return {};
      },
    });
  });
}

function isArtifact(path: string): boolean {
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
