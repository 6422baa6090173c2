import { type MlflowClient, pinModelUri } from "@flightdeck/client";
import { messageOf, sleep } from "@flightdeck/core";
import type { Model, ModelSet } from "@flightdeck/models";
import { note } from "../../output/print.ts";

/** A served model: the requested URI and the version that currently answers. */
export type ServedUri = { readonly name: string; readonly uri: string; pinned: string };

/** Short, so that a moved alias takes effect soon. Each check costs the tracking server a millisecond. */
const FOLLOW_MS = 2_000;
/** Time before a version that failed to load is tried again. If the alias moves again, we follow at once. */
const RETRY_MS = 60_000;

type FollowOptions = {
  readonly served: readonly ServedUri[];
  readonly models: ModelSet;
  readonly client: MlflowClient;
  readonly load: (uri: string) => Promise<Model>;
  /** Stops following aliases and abandons a load in progress. */
  readonly signal: AbortSignal;
};

/**
 * Switches the served version as soon as its alias, stage or `latest` points to another one. If that fails to load, the
 * old one stays. Resolves once the signal has fired and no load is in progress; never rejects.
 */
export async function followAliases({ served, ...options }: FollowOptions): Promise<void> {
  const { signal } = options;
  const followers = served.map((each) => new Follower(each, options));
  while (!signal.aborted) {
    await sleep(FOLLOW_MS, signal).catch(() => undefined); // The signal has fired, which ends the loop.
    for (const follower of followers) if (!signal.aborted) await follower.look();
  }
}

class Follower {
  readonly #served: ServedUri;
  readonly #options: Omit<FollowOptions, "served">;
  #failed: { readonly pinned: string; readonly untilMs: number } | undefined;
  #lastNote = "";

  constructor(served: ServedUri, options: Omit<FollowOptions, "served">) {
    this.#served = served;
    this.#options = options;
  }

  async look(): Promise<void> {
    const { client, signal } = this.#options;
    let pinned = "";
    try {
      pinned = await pinModelUri(client, this.#served.uri, { signal });
      if (pinned !== this.#served.pinned && !this.#hasJustFailed(pinned)) await this.#serve(pinned);
    } catch (error) {
      this.#failed = { pinned, untilMs: performance.now() + RETRY_MS };
      if (!signal.aborted) this.#note(`${this.#served.uri} stays as it was: ${messageOf(error)}`);
    }
  }

  /** Prints a message once while it repeats, for example that the tracking server is down. */
  #note(text: string): void {
    if (text !== this.#lastNote) note(text);
    this.#lastNote = text;
  }

  #hasJustFailed(pinned: string): boolean {
    return this.#failed?.pinned === pinned && performance.now() < this.#failed.untilMs;
  }

  async #serve(pinned: string): Promise<void> {
    const { models, load, signal } = this.#options;
    const model = await load(pinned);
    if (signal.aborted) return await model.close();
    await models.replace(this.#served.name, model);
    this.#served.pinned = pinned;
    this.#note(`${this.#served.uri} is ${pinned} now`);
  }
}
