import { AppError } from "@flightdeck/core";
import type { FastifyInstance } from "fastify";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";
import { EventClient } from "./event-client.ts";
import type { Listener } from "./event-bus.ts";
import { isAdmin } from "../identity/access.ts";
import type { Principal } from "../http/authenticator.ts";

/**
 * `GET /ajax-api/flightdeck/events`: server-sent events that tell which records changed. `change` carries
 * `{"changes":[{"kind":"run","id":"…"}]}`; after `reset` too much has changed to be told. They hold what this process
 * wrote since the connection was made: a page loads its data after it is connected.
 */
export function mountEventStream(
  app: FastifyInstance,
  { events, access }: Pick<Services, "events" | "access">,
): void {
  const clients = new Set<EventClient>();
  app.addHook("preClose", (done) => {
    for (const client of clients) client.close();
    done();
  });
  const config = { permission: "workspace.view", resources: "checked by the handler" } as const;
  app.get("/ajax-api/flightdeck/events", { config }, ({ principal }, reply) => {
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
    const unsubscribe = events.subscribe(listenerFor(client, principal, access));
    const expiry = access && setTimeout(() => client.close(), BOUNDS.eventTokenMs);
    reply.raw.on("close", () => {
      unsubscribe();
      clearTimeout(expiry);
      client.close();
      clients.delete(client);
    });
  });
}

/** What a page may hear of: all of it, or what its user may see. */
function listenerFor(client: EventClient, principal: Principal, access: Services["access"]): Listener {
  if (access === undefined || isAdmin(principal)) return (changes) => client.add(changes);
  return (changes) => {
    const hearing = access.visibleChanges(principal, changes);
    // Where that cannot be found out, the page connects anew.
    void hearing.then((seen) => client.add(seen)).catch(() => client.close());
  };
}
