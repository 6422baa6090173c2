import type { JobRunWire } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { trackedRunQuery } from "../api/job-queries.ts";
import { trackedRunOf } from "../tracked-run.ts";

/** The MLflow run that a job logs to, where that can be told. */
export function TrackedRunLink({ jobRun }: { readonly jobRun: JobRunWire }): ReactNode {
  const tracked = trackedRunOf(jobRun);
  const run = useQuery(trackedRunQuery(jobRun, tracked)).data;
  // A run that is kept elsewhere is named at least.
  if (!run) return tracked.runId === undefined ? "–" : <code>{tracked.runId}</code>;
  const { experimentId, runId, runName } = run.info;
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
      {runName === "" ? runId : runName}
    </Link>
  );
}
