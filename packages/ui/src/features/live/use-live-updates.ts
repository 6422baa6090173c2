import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { serverUrl } from "../../app/mlflow-client.ts";
import { type Change, parseChanges } from "./change.ts";
import { followEvents } from "./follow-events.ts";
import { isAffected } from "./is-affected.ts";
import { useLogin } from "../login/use-login.ts";

/** A run may log many times a second; a screen that changes more often than this cannot be read. */
const RENEW_MS = 1000;

export type LiveState = "off" | "live" | "lost";

/** Follows the server's events and renews what they make old. A server without events leaves the page as it is. */
export function useLiveUpdates(): LiveState {
  const queryClient = useQueryClient();
  const [state, setState] = useState<LiveState>("off");
  const { token } = useLogin();
  useEffect(() => {
    const renewal = new Renewal(queryClient);
    let wasLost = false;
    const stop = followEvents(`${serverUrl}/ajax-api/flightdeck/events`, {
      onOpen: () => {
        // What was said while nobody listened is not said again.
        if (wasLost) renewal.renewAll();
        setState("live");
      },
      onLost: (mayReturn) => {
        wasLost = true;
        setState(mayReturn ? "lost" : "off");
      },
      onEvent: ({ type, data }) => {
        if (type === "change") renewal.add(parseChanges(data));
        else renewal.renewAll(); // More has changed than is told.
      },
    });
    return () => {
      stop();
      renewal.stop();
    };
  }, [queryClient, token]);
  return state;
}

/** Collects changes and applies them together, once a second at most and never while an earlier renewal is under way. */
class Renewal {
  readonly #queryClient: QueryClient;
  #waiting = new Map<string, Change>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(queryClient: QueryClient) {
    this.#queryClient = queryClient;
  }

  add(changes: readonly Change[]): void {
    for (const change of changes) this.#waiting.set(`${change.kind} ${change.id}`, change);
    this.#timer ??= setTimeout(() => void this.#renew(), RENEW_MS); // Never rejects: queries keep their errors.
  }

  renewAll(): void {
    void this.#queryClient.invalidateQueries(); // Never rejects: queries keep their errors.
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #renew(): Promise<void> {
    const changes = [...this.#waiting.values()];
    this.#waiting = new Map();
    await this.#queryClient.invalidateQueries({
      predicate: ({ queryKey, state: { data } }) =>
        changes.some((change) => isAffected({ queryKey, data }, change)),
    });
    this.#timer = undefined;
    if (this.#waiting.size > 0) this.add([]);
  }
}
