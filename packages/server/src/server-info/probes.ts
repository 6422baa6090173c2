import { ANYBODY } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { SERVER_VERSION } from "./version.ts";

/** `/health` and `/version`, for probes: plain text, whoever asks and by whatever name. */
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
