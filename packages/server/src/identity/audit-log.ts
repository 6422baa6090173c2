import type { Clock } from "@flightdeck/core";
import type { Resource } from "@flightdeck/protocol";
import { narrowToOwner } from "@flightdeck/store";
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Who did what, with what, and how it ended. Nothing here is secret, and nothing of a request's content. */
export type AuditEntry = {
  /** Empty for somebody who was not let in. */
  readonly principal: string;
  readonly tokenId?: string;
  readonly address: string;
  /** Method and route, as the route is declared. */
  readonly action: string;
  /** Who may do it: the audience that the call declares, and the level. */
  readonly permission: string;
  /** What the request named. */
  readonly resources: readonly Resource[];
  readonly status: number;
  readonly result: "done" | "refused" | "failed";
};

/** What a request may name by the thousand is cut. */
const RESOURCES_MAX = 20;

/** Only the owner may read it. */
const MODE = { folder: 0o700, file: 0o600 } as const;

/**
 * A folder with a file for each day (UTC), to which a line of JSON is added for each entry before its answer is complete.
 * Nothing here changes or removes a line; old days may be taken away by whoever keeps the machine.
 */
export class AuditLog {
  readonly #folder: string;
  readonly #clock: Clock;
  #day = "";
  #file: number | undefined;

  constructor(folder: string, clock: Clock) {
    mkdirSync(folder, { recursive: true, mode: MODE.folder });
    for (const name of readdirSync(folder)) narrowToOwner(join(folder, name));
    this.#folder = folder;
    this.#clock = clock;
  }

  add(entry: AuditEntry): void {
    const time = new Date(this.#clock.nowMs()).toISOString();
    const resources = entry.resources.slice(0, RESOURCES_MAX);
    writeSync(this.#fileOf(time.slice(0, 10)), `${JSON.stringify({ time, ...entry, resources })}\n`);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#day = "";
  }

  #fileOf(day: string): number {
    if (this.#file === undefined || day !== this.#day) {
      this.close();
      this.#file = openSync(join(this.#folder, `${day}.jsonl`), "a", MODE.file);
      this.#day = day;
    }
    return this.#file;
  }
}
