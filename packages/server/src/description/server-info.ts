import { ANYBODY, VERSION } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import type { Handlers } from "../calls/handler.ts";
import { DOCS_POLICY, docsPage } from "./docs-page.ts";
import type { MountedCall } from "./mounted-calls.ts";
import { describeApi } from "./openapi-document.ts";

/**
 * The answer of `/version`. MLflow's clients take it for the MLflow version that the server supports, and from 3.4 on send
 * spans by OTLP. This project's own version is the local part (PEP 440).
 */
const SERVER_VERSION: string = `3.4.0+flightdeck.${VERSION}`;

/** `/health` and `/version`, for probes: plain text for anybody, whatever the Host header says. */
export function mountProbes(app: FastifyInstance): void {
  const options = (name: string) =>
    ({ config: { access: ANYBODY, anyHost: true, describes: { name } } }) as const;
  app.get("/health", options("getHealth"), (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send("OK"),
  );
  app.get("/version", options("getVersion"), (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send(SERVER_VERSION),
  );
}

export const serverInfoHandlers: Pick<Handlers, "getServerInfo"> = {
  /** Tells clients to download artifacts through the proxy in one piece, and to upload large ones in parts. */
  getServerInfo: () =>
    Promise.resolve({
      store_type: "SqlStore",
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: true,
      multipart_downloads_enabled: false,
      presigned_upload_run_id_supported: false,
      presigned_upload_model_id_supported: false,
    }),
};

const HEADERS = {
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
} as const;

/**
 * `/api/openapi.json` and `/api/docs`: the API's description for programs and for people. Anybody may read both, since they
 * reveal nothing about the workspace's content. They are made with the first request, when everything is mounted.
 */
export function mountDescription(app: FastifyInstance, calls: () => readonly MountedCall[]): void {
  const document = once(() => describeApi(calls(), SERVER_VERSION));
  const json = once(() => JSON.stringify(document()));
  const page = once(() => docsPage(document()));
  const config = (name: string) => ({ access: ANYBODY, describes: { name } }) as const;
  app.get("/api/openapi.json", { config: config("getApiDescription") }, (_request, reply) =>
    reply.headers(HEADERS).type("application/json").send(json()),
  );
  app.get("/api/docs", { config: config("getApiPage") }, (_request, reply) =>
    reply
      .headers({ ...HEADERS, "content-security-policy": DOCS_POLICY })
      .type("text/html; charset=utf-8")
      .send(page()),
  );
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
