import type { Change } from "@flightdeck/protocol";
import type { Writable } from "node:stream";
import { BOUNDS } from "../bounds.ts";

/**
 * One page that follows changes by server-sent events. Changes are collected, the same one once, and sent together;
 * while the page does not read, they wait up to a bound, and then it is told to load everything anew.
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
    this.#flushing = setInterval(() => this.#flush(), BOUNDS.eventIntervalMs);
    this.#beating = setInterval(() => this.#send(": still here\n\n"), BOUNDS.eventHeartbeatMs);
    response.on("drain", () => {
      this.#blocked = false;
    });
    this.#send(": following\n\n"); // So that the page knows at once that it is connected.
  }

  add(changes: readonly Change[]): void {
    if (this.#overflown) return;
    for (const change of changes) this.#waiting.set(`${change.kind} ${change.id}`, change);
    if (this.#waiting.size <= BOUNDS.eventQueueMax) return;
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
    if (this.#overflown) this.#send("event: reset\ndata: {}\n\n");
    else if (this.#waiting.size > 0) {
      const changes = [...this.#waiting.values()];
      this.#send(`event: change\ndata: ${JSON.stringify({ changes })}\n\n`);
    }
    this.#overflown = false;
    this.#waiting.clear();
  }

  #send(text: string): void {
    if (this.#blocked) return;
    this.#blocked = !this.#response.write(text);
  }
}
