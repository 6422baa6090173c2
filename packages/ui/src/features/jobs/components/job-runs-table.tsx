import type { JobRunWire } from "@flightdeck/protocol";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { TimeText } from "../../../components/time-text.tsx";
import { jobRunName } from "../job-run-name.ts";
import { JobRunDuration } from "./job-run-duration.tsx";
import { JobRunStateBadge } from "./job-run-state-badge.tsx";

/** One line for each run of a job. */
export function JobRunsTable({ runs }: { readonly runs: readonly JobRunWire[] }): ReactNode {
  return (
    <div className="table-frame">
      <table className="table">
        <caption className="visually-hidden">Job runs</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">User</th>
            <th scope="col">Started</th>
            <th scope="col">Duration</th>
            <th scope="col">Run ID</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <JobRunRow key={run.run_id} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function JobRunRow({ run }: { readonly run: JobRunWire }): ReactNode {
  const { run_id: runId, job_id: jobId, state, creator_user_name: user, start_time: startMs } = run;
  return (
    <tr>
      <th scope="row" className="cell-wrap">
        <Link
          to="/jobs/$jobId/runs/$runId"
          params={{ jobId: String(jobId), runId: String(runId) }}
          className="row-link"
          data-row-link=""
        >
          {jobRunName(run)}
        </Link>
      </th>
      <td>
        <JobRunStateBadge state={state} />
      </td>
      <td>{user === "" ? <span className="muted">–</span> : user}</td>
      <td className="nowrap">
        <TimeText timeMs={startMs} />
      </td>
      <td className="nowrap">
        <JobRunDuration run={run} />
      </td>
      <td className="muted">{runId}</td>
      <td className="cell-rest" title={state.state_message}>
        {state.state_message}
      </td>
    </tr>
  );
}
