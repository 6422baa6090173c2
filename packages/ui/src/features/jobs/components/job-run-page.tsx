import type { JobRunWire } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { PageHeader } from "../../../components/page-header.tsx";
import { QueryView } from "../../../components/query-view.tsx";
import { findErrorCode } from "../../../lib/error-text.ts";
import { jobRunQuery } from "../api/job-queries.ts";
import { jobRunName } from "../job-run-name.ts";
import { CancelJobRun } from "./cancel-job-run.tsx";
import { JobRunCluster } from "./job-run-cluster.tsx";
import { JobRunFacts } from "./job-run-facts.tsx";
import { JobRunLog } from "./job-run-log.tsx";
import { JobRunMessage } from "./job-run-message.tsx";
import { JobRunStateBadge } from "./job-run-state-badge.tsx";
import { JobRunTask } from "./job-run-task.tsx";
import { JobsRefusal } from "./jobs-refusal.tsx";

const REFUSED = "PERMISSION_DENIED";
const route = getRouteApi("/jobs/$jobId/runs/$runId");

/** One run of a job, live. */
export function JobRunPage(): ReactNode {
  const { runId } = route.useParams();
  const query = useQuery(jobRunQuery(runId));
  if (query.data === undefined && findErrorCode(query.error) === REFUSED) {
    return (
      <div className="page">
        <PageHeader title="Job run" />
        <JobsRefusal error={query.error} what="the job run" onRetry={query.refetch} />
      </div>
    );
  }
  return (
    <div className="page">
      <QueryView query={query} what="the job run" pageTitle="Job run">
        {(run) => <JobRunView key={run.run_id} run={run} />}
      </QueryView>
    </div>
  );
}

function JobRunView({ run }: { readonly run: JobRunWire }): ReactNode {
  return (
    <>
      <PageHeader
        title={jobRunName(run)}
        crumbs={[
          <Link key="jobs" to="/jobs">
            Jobs
          </Link>,
          "Job run",
        ]}
        beside={<JobRunStateBadge state={run.state} />}
        actions={<CancelJobRun run={run} />}
      />
      <JobRunMessage state={run.state} />
      <JobRunFacts run={run} />
      <JobRunLog runId={String(run.run_id)} />
      <div className="columns">
        <JobRunTask run={run} />
        <JobRunCluster run={run} />
      </div>
    </>
  );
}
