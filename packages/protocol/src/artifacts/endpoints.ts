import { z } from "zod";
import { artifactPath, run } from "../access/resource.ts";
import { endpoint } from "../endpoint.ts";
import { withRunId } from "../runs/run-reference.ts";
import { optional, proxiedPath } from "../ids.ts";
import { longText, repeated, shortText } from "../scalars.ts";
import { artifactPage, fileInfoSchema } from "./file-info.ts";

/**
 * Calls whose bodies are JSON. The bytes themselves travel by GET, PUT and DELETE on
 * `ARTIFACT_PROXY_PATH/{path}`, which the server streams and which therefore is no entry of the table.
 */
export const artifactEndpoints = {
  /** A run's artifacts; with `path`, those of one folder of it. */
  listArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow/artifacts/list",
    reads: ({ run_id: id }) => [run(id)],
    request: withRunId({ path: shortText.optional(), page_token: longText.optional() }),
    response: artifactPage,
  }),
  /** The proxied store's own listing; paths are relative to `path`. */
  listProxiedArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow-artifacts/artifacts",
    reads: ({ path }) => [artifactPath(path ?? "")],
    request: z.object({ path: optional(proxiedPath) }),
    response: z.object({ files: repeated(fileInfoSchema) }),
  }),
};

/** Below the API prefix; the artifact's path follows, percent-encoded by segment. */
export const ARTIFACT_PROXY_PATH = "/mlflow-artifacts/artifacts";
