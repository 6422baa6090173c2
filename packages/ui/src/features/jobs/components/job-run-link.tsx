import type { Tag } from "@flightdeck/protocol";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { serverUrl } from "../../../app/mlflow-client.ts";
import { Icon } from "../../../components/icon.tsx";
import { findJobRunPlace } from "../job-run-place.ts";

/** The job that made a run, as its tags tell. Gives undefined for a run that no job made. */
export function jobRunLink(tags: readonly Tag[]): ReactNode {
  const place = findJobRunPlace(tags, serverUrl);
  if (place === undefined) return undefined;
  const { jobRunId } = place;
  const words = `Job run ${jobRunId}`;
  if (place.kind === "unknown") return jobRunId;
  if (place.kind === "here") {
    return (
      <Link to="/jobs/$jobId/runs/$runId" params={{ jobId: place.jobId, runId: jobRunId }}>
        {words}
      </Link>
    );
  }
  return (
    <a href={place.url} target="_blank" rel="noreferrer">
      {words} <Icon name="external" size={12} />
    </a>
  );
}
