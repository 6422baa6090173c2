import { API_PREFIXES, ARTIFACT_PROXY_PATH, artifactPath, proxiedPath } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { takeBodiesAsStreams } from "./receive-artifact.ts";
import { sendArtifact } from "./send-artifact.ts";

/** Below the proxied root. */
const request = z.object({ "*": proxiedPath });

/** The bytes of artifacts, by path below the proxied root: GET, HEAD, PUT and DELETE. */
export function mountArtifactProxy(app: FastifyInstance, services: Services): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    for (const prefix of API_PREFIXES) mountProxy(scope, services, `${prefix}/2.0${ARTIFACT_PROXY_PATH}/*`);
  });
}

function mountProxy(scope: FastifyInstance, { artifacts, uploads, store }: Services, url: string): void {
  const { proxied } = artifacts;
  mountRoute(scope, store, {
    name: "downloadProxiedArtifact",
    methods: ["GET", "HEAD"],
    url,
    request,
    reads: ({ "*": path }) => [artifactPath(path)],
    answer: ({ "*": path }, call) => sendArtifact(call.request, call.reply, { repository: proxied, path }),
  });
  mountRoute(scope, store, {
    name: "uploadProxiedArtifact",
    methods: ["PUT"],
    url,
    request,
    takesAnyBody: true,
    edits: ({ "*": path }) => [artifactPath(path)],
    answer: async ({ "*": path }, call) => {
      await uploads.receive(call.request, (content) => proxied.write(path, content));
      return {};
    },
  });
  mountRoute(scope, store, {
    name: "deleteProxiedArtifact",
    methods: ["DELETE"],
    url,
    request,
    takesAnyBody: true,
    edits: ({ "*": path }) => [artifactPath(path)],
    answer: async ({ "*": path }) => {
      await proxied.delete(path);
      return {};
    },
  });
}
