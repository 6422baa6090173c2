import type { JobRunWire } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { formatDuration } from "../../../lib/format-time.ts";
import { useNow } from "../../../lib/use-now.ts";
import { jobRunTimes } from "../job-run-times.ts";

/** How long a run took from its submission on, or has been going on. */
export function JobRunDuration({ run }: { readonly run: JobRunWire }): ReactNode {
  return formatDuration(jobRunTimes(run, useNow()).totalMs);
}
