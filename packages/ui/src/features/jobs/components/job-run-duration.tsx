import type { JobRunWire } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { formatDuration } from "../../../lib/format-time.ts";
import { useSeconds } from "../../../lib/use-seconds.ts";
import { hasEnded } from "../job-run-state.ts";
import { jobRunTimes } from "../job-run-times.ts";

/** How long a run took from its submission on, or has been going on. */
export function JobRunDuration({ run }: { readonly run: JobRunWire }): ReactNode {
  const nowMs = useSeconds(!hasEnded(run.state));
  return formatDuration(jobRunTimes(run, nowMs).totalMs);
}
