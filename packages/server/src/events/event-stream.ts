import { type Change, USERS_READ, EVENT_STREAM_PATH, eventToWire } from "@flightdeck/protocol";
import type { Store, WorkspaceStore } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Writable } from "node:stream";
import { z } from "zod";
import { mountRoute } from "../calls/mount-route.ts";
import { visibleChanges } from "../identity/access.ts";
import type { Principal } from "../identity/principal.ts";
import { holderOf, Shares } from "../identity/shares.ts";

/** Pages that may follow changes at the same time. Each keeps a connection open. */
export const EVENT_CLIENTS_MAX = 500;
/** Changes kept for a slow page. When there are more, the page is told to reload everything. */
export const EVENT_QUEUE_MAX = 1000;
/** Changes are sent in batches: a page that follows a thousand metrics a second redraws four times a second. */
export const EVENT_INTERVAL_MS = 250;
/** Shorter than the idle timeouts of this server and of proxies, commonly 60 s. */
export const EVENT_HEARTBEAT_MS = 15_000;
/** How long a page may follow changes after its token was checked; then it must reconnect. */
const EVENT_TOKEN_MS = 300_000;

/**
 * Mounts the stream of server-sent events that name the records that changed (`protocol/src/event-stream.ts`). It covers what
 * this process writes while the connection is open, so a page loads its data after it has connected.
 */
export function mountEventStream(
  app: FastifyInstance,
  { events, store }: { readonly events: EventBus; readonly store: Store },
): void {
  const clients = new Set<EventClient>();
  app.addHook("preClose", (done) => {
    for (const client of clients) client.close();
    done();
  });
  const shares = new Shares({ max: EVENT_CLIENTS_MAX, what: "pages already follow changes" });
  mountRoute(app, store, {
    name: "followChanges",
    description: "The answer is a stream of server-sent events.",
    methods: ["GET"],
    url: EVENT_STREAM_PATH,
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
      "x-accel-buffering": "no", // Otherwise nginx would buffer the events.
    });
    const client = new EventClient(reply.raw);
    clients.add(client);
    const unsubscribe = events.subscribe(listenerFor(client, principal, store.workspace));
    const expiry = principal.account && setTimeout(() => client.close(), EVENT_TOKEN_MS);
    reply.raw.on("close", () => {
      unsubscribe();
      clearTimeout(expiry);
      client.close();
      clients.delete(client);
      release();
    });
  };
}

/** Forwards to a page the changes that its user may see. */
function listenerFor(client: EventClient, principal: Principal, workspace: WorkspaceStore): Listener {
  if (principal.isAdmin) return (changes) => client.add(changes);
  return (changes) => {
    const visible = visibleChanges(workspace, principal, changes);
    // When the check fails, the page has to reconnect.
    void visible.then((seen) => client.add(seen)).catch(() => client.close());
  };
}

/**
 * One page that follows changes by server-sent events. Changes are collected, each record once, and sent in batches. While
 * the page does not read, they wait, up to a bound; beyond it, the page is told to reload everything.
 */
export class EventClient {
  readonly #response: Writable;
  readonly #waiting = new Map<string, Change>();
  readonly #flushing: NodeJS.Timeout;
  readonly #beating: NodeJS.Timeout;
  #overflown = false;
  #blocked = false;

  constructor(response: Writable) {
    this.#response = response;
    this.#flushing = setInterval(() => this.#flush(), EVENT_INTERVAL_MS);
    this.#beating = setInterval(() => this.#send(": still here\n\n"), EVENT_HEARTBEAT_MS);
    response.on("drain", () => {
      this.#blocked = false;
    });
    this.#send(": following\n\n"); // Tells the page at once that it is connected.
  }

  add(changes: readonly Change[]): void {
    if (this.#overflown) return;
    for (const change of changes) this.#waiting.set(`${change.kind} ${change.id}`, change);
    if (this.#waiting.size <= EVENT_QUEUE_MAX) return;
    this.#waiting.clear();
    this.#overflown = true;
  }

  close(): void {
    clearInterval(this.#flushing);
    clearInterval(this.#beating);
    this.#response.end();
  }

  #flush(): void {
    if (this.#blocked) return;
    if (this.#overflown) this.#send(eventToWire("reset"));
    else if (this.#waiting.size > 0) this.#send(eventToWire([...this.#waiting.values()]));
    this.#overflown = false;
    this.#waiting.clear();
  }

  #send(text: string): void {
    if (this.#blocked) return;
    this.#blocked = !this.#response.write(text);
  }
}

export type Listener = (changes: readonly Change[]) => void;

/** Passes changes to all listeners in this process. Publishing neither waits nor throws. */
export class EventBus {
  readonly #listeners = new Set<Listener>();

  /** The number of listeners. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  publish(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const listener of this.#listeners) listener(changes);
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
