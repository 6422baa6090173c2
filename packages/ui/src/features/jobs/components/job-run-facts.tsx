import type { JobRunWire } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { CopyButton } from "../../../components/copy-button.tsx";
import { type Fact, Facts } from "../../../components/facts.tsx";
import { TimeText } from "../../../components/time-text.tsx";
import { formatDuration, formatExact } from "../../../lib/format-time.ts";
import { useSeconds } from "../../../lib/use-seconds.ts";
import { hasEnded } from "../job-run-state.ts";
import { jobRunTimes } from "../job-run-times.ts";
import { TrackedRunLink } from "./tracked-run-link.tsx";

/** When a run ran and how long each part took, whose it is, and what it logs to. */
export function JobRunFacts({ run }: { readonly run: JobRunWire }): ReactNode {
  const { start_time: startMs, creator_user_name: user, job_id: jobId, run_id: runId } = run;
  const times = jobRunTimes(run, useSeconds(!hasEnded(run.state)));
  const facts: readonly Fact[] = [
    {
      name: "Started",
      value: (
        <>
          <TimeText timeMs={startMs} />
          <span className="muted">{formatExact(startMs)}</span>
        </>
      ),
    },
    { name: "Queue", value: spanText(times.queueMs) },
    { name: "Setup", value: spanText(times.setupMs) },
    { name: "Execution", value: spanText(times.executionMs) },
    { name: "Duration", value: formatDuration(times.totalMs) },
    { name: "User", value: user === "" ? "–" : user },
    { name: "MLflow run", value: <TrackedRunLink jobRun={run} /> },
    { name: "Job ID", value: jobId },
    {
      name: "Run ID",
      value: (
        <>
          {runId}
          <CopyButton text={String(runId)} what="run ID" />
        </>
      ),
    },
  ];
  return <Facts facts={facts} />;
}

function spanText(spanMs: number | undefined): string {
  return spanMs === undefined ? "–" : formatDuration(spanMs);
}
