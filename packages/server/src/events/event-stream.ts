import { AppError } from "@flightdeck/core";
import type { FastifyInstance } from "fastify";
import { BOUNDS } from "../bounds.ts";
import { EventClient } from "./event-client.ts";
import type { EventBus } from "./event-bus.ts";

/**
 * `GET /ajax-api/flightdeck/events`: server-sent events that tell which records changed. `change` carries
 * `{"changes":[{"kind":"run","id":"…"}]}`; after `reset` too much has changed to be told. They hold what this process
 * wrote since the connection was made: a page loads its data after it is connected.
 */
export function mountEventStream(app: FastifyInstance, events: EventBus): void {
  const clients = new Set<EventClient>();
  app.addHook("preClose", (done) => {
    for (const client of clients) client.close();
    done();
  });
  app.get("/ajax-api/flightdeck/events", { config: { permission: "workspace.view" } }, (_request, reply) => {
    if (clients.size >= BOUNDS.eventClientsMax) {
      throw new AppError("REQUEST_LIMIT_EXCEEDED", `${BOUNDS.eventClientsMax} pages already follow changes`);
    }
    reply.hijack();
    reply.raw.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no", // Else nginx would collect the events.
    });
    const client = new EventClient(reply.raw);
    clients.add(client);
    const unsubscribe = events.subscribe((changes) => client.add(changes));
    reply.raw.on("close", () => {
      unsubscribe();
      client.close();
      clients.delete(client);
    });
  });
}
