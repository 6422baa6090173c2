import { USERS_READ } from "@flightdeck/protocol";
import type { WorkspaceStore } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";
import { EventClient } from "./event-client.ts";
import type { Listener } from "./event-bus.ts";
import { visibleChanges } from "../identity/access.ts";
import type { Principal } from "../http/authenticator.ts";
import { holderOf, Shares } from "../shares.ts";

/**
 * `GET /ajax-api/flightdeck/events`: server-sent events that tell which records changed. `change` carries
 * `{"changes":[{"kind":"run","id":"…"}]}`; after `reset` too much has changed to be told. They hold what this process
 * wrote since the connection was made: a page loads its data after it is connected.
 */
export function mountEventStream(
  app: FastifyInstance,
  { events, store }: Pick<Services, "events" | "store">,
): void {
  const clients = new Set<EventClient>();
  app.addHook("preClose", (done) => {
    for (const client of clients) client.close();
    done();
  });
  const shares = new Shares({ max: BOUNDS.eventClientsMax, what: "pages already follow changes" });
  mountRoute(app, store, {
    name: "followChanges",
    description: "The answer is a stream of server-sent events.",
    methods: ["GET"],
    url: "/ajax-api/flightdeck/events",
    access: USERS_READ,
    request: z.object({}),
    answer: (_input, { request: { principal }, reply }) => follow(principal, reply),
  });
  const follow = (principal: Principal, reply: FastifyReply): void => {
    const release = shares.take(holderOf(principal));
    reply.hijack();
    reply.raw.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no", // Else nginx would collect the events.
    });
    const client = new EventClient(reply.raw);
    clients.add(client);
    const unsubscribe = events.subscribe(listenerFor(client, principal, store.workspace));
    const expiry = principal.account && setTimeout(() => client.close(), BOUNDS.eventTokenMs);
    reply.raw.on("close", () => {
      unsubscribe();
      clearTimeout(expiry);
      client.close();
      clients.delete(client);
      release();
    });
  };
}

/** What a page may hear of: all of it, or what its user may see. */
function listenerFor(client: EventClient, principal: Principal, workspace: WorkspaceStore): Listener {
  if (principal.isAdmin) return (changes) => client.add(changes);
  return (changes) => {
    const hearing = visibleChanges(workspace, principal, changes);
    // Where that cannot be found out, the page connects anew.
    void hearing.then((seen) => client.add(seen)).catch(() => client.close());
  };
}
