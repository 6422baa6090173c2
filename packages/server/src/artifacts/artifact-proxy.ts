import { API_PREFIXES, ARTIFACT_PROXY_PATH } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import type { Services } from "../api/services.ts";
import { artifactAt } from "../identity/references-of.ts";
import { pathBelow } from "./path-below.ts";
import { takeBodiesAsStreams } from "./receive-artifact.ts";
import { sendArtifact } from "./send-artifact.ts";

/** The bytes of artifacts, by path below the proxied root: GET, HEAD, PUT and DELETE. */
export function mountArtifactProxy(app: FastifyInstance, services: Services): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    for (const prefix of API_PREFIXES) mountProxy(scope, services, `${prefix}/2.0${ARTIFACT_PROXY_PATH}/`);
  });
}

function mountProxy(scope: FastifyInstance, { artifacts, uploads }: Services, root: string): void {
  const { proxied } = artifacts;
  const url = `${root}*`;
  scope.route({
    method: ["GET", "HEAD"],
    url,
    config: {
      permission: "experiment.view",
      resources: (request) => artifactAt(pathBelow(root, request), "CAN_READ"),
    },
    handler: (request, reply) =>
      sendArtifact(request, reply, { repository: proxied, path: pathBelow(root, request) }),
  });
  scope.route({
    method: "PUT",
    url,
    config: {
      permission: "experiment.edit",
      rawBody: true,
      resources: (request) => artifactAt(pathBelow(root, request), "CAN_EDIT"),
    },
    handler: async (request) => {
      const path = pathBelow(root, request);
      await uploads.receive(request, (content) => proxied.write(path, content));
      return {};
    },
  });
  scope.route({
    method: "DELETE",
    url,
    config: {
      permission: "experiment.edit",
      rawBody: true,
      resources: (request) => artifactAt(pathBelow(root, request), "CAN_EDIT"),
    },
    handler: async (request) => {
      await proxied.delete(pathBelow(root, request));
      return {};
    },
  });
}
