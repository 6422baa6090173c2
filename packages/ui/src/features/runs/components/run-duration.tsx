import type { RunInfo } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { formatDuration } from "../../../lib/format-time.ts";
import { useNow } from "../../../lib/use-now.ts";

/** How long a run took, or has been going on. A run that died without saying so has no end. */
export function RunDuration({ info }: { readonly info: RunInfo }): ReactNode {
  const nowMs = useNow();
  if (info.startTimeMs === 0) return null;
  if (info.endTimeMs !== undefined && info.endTimeMs > 0)
    return formatDuration(info.endTimeMs - info.startTimeMs);
  return info.status === "RUNNING" ? formatDuration(nowMs - info.startTimeMs) : null;
}
