import { EVENT_STREAM_PATH, eventFromWire, type FollowedChange } from "@flightdeck/protocol";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useLogin } from "../lib/authorized-fetch.ts";
import { serverUrl } from "../lib/mlflow-client.ts";
import { isAffected } from "../lib/query-keys.ts";
import { followEvents } from "./follow-events.ts";

const HINTS = {
  live: "What others log appears here automatically",
  lost: "The server does not answer. What you see may be out of date.",
} as const;

/** Keeps the page up to date and shows whether it is. */
export function LiveIndicator(): ReactNode {
  const state = useLiveUpdates();
  if (state === "off") return null;
  const words = state === "live" ? "Live" : "Reconnecting…";
  return (
    <span className="live" role="status" data-state={state} title={HINTS[state]}>
      <span className="live-dot" aria-hidden="true" />
      <span className="live-words">{words}</span>
    </span>
  );
}

/** A run may log many times a second, but nobody can read a screen that changes more often than this. */
const RENEW_MS = 1000;
/** Slow refreshes, such as of a table with very many runs, happen less often to spare the server. */
const PAUSE_FACTOR = 2;

type LiveState = "off" | "live" | "lost";

/** Refetches whatever the server's events make stale. Does nothing if the server has no events. */
function useLiveUpdates(): LiveState {
  const queryClient = useQueryClient();
  const [state, setState] = useState<LiveState>("off");
  const { token } = useLogin();
  useEffect(() => {
    const renewal = new Renewal(queryClient);
    let wasLost = false;
    const stop = followEvents(serverUrl + EVENT_STREAM_PATH, {
      onOpen: () => {
        // Events missed while disconnected are not repeated.
        if (wasLost) renewal.renewAll();
        setState("live");
      },
      onLost: (mayReturn) => {
        wasLost = true;
        setState(mayReturn ? "lost" : "off");
      },
      onEvent: (event) => {
        const changes = eventFromWire(event);
        if (changes === "reset") renewal.renewAll();
        else renewal.add(changes);
      },
    });
    return () => {
      stop();
      renewal.stop();
    };
  }, [queryClient, token]);
  return state;
}

/** Collects changes and applies them together, at most once a second and never during an earlier refresh. */
class Renewal {
  readonly #queryClient: QueryClient;
  #waiting = new Map<string, FollowedChange>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pauseMs = RENEW_MS;

  constructor(queryClient: QueryClient) {
    this.#queryClient = queryClient;
  }

  add(changes: readonly FollowedChange[]): void {
    for (const change of changes) this.#waiting.set(`${change.kind} ${change.id}`, change);
    this.#timer ??= setTimeout(() => void this.#renew(), this.#pauseMs); // Never rejects; queries store their errors.
  }

  renewAll(): void {
    void this.#queryClient.invalidateQueries(); // Never rejects; queries store their errors.
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #renew(): Promise<void> {
    const changes = [...this.#waiting.values()];
    const startMs = performance.now();
    this.#waiting = new Map();
    await this.#queryClient.invalidateQueries({
      predicate: ({ queryKey, state: { data } }) =>
        changes.some((change) => isAffected({ queryKey, data }, change)),
    });
    this.#pauseMs = Math.max(RENEW_MS, PAUSE_FACTOR * (performance.now() - startMs));
    this.#timer = undefined;
    if (this.#waiting.size > 0) this.add([]);
  }
}
