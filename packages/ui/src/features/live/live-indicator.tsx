import type { ReactNode } from "react";
import { useLiveUpdates } from "./use-live-updates.ts";

/** Keeps the page up to date, and says whether it is. */
export function LiveIndicator(): ReactNode {
  const state = useLiveUpdates();
  if (state === "off") return null;
  const words = state === "live" ? "Live" : "Reconnecting…";
  return (
    <span className="live" data-state={state} title="What others log appears here by itself">
      <span className="live-dot" aria-hidden="true" />
      {words}
    </span>
  );
}
