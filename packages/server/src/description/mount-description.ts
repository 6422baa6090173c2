import { ANYBODY } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { DOCS_POLICY, docsPage } from "./docs-page.ts";
import type { MountedCall } from "./mounted-calls.ts";
import { describeApi } from "./openapi-document.ts";

const HEADERS = {
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
} as const;

/**
 * `/api/openapi.json` and `/api/docs`: what can be called, for programs and for people. Anybody may read both, since they
 * say nothing of what the workspace holds. Made with the first request, when everything is mounted, and kept.
 */
export function mountDescription(app: FastifyInstance, calls: () => readonly MountedCall[]): void {
  const document = once(() => describeApi(calls()));
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
