import type { ClusterWire, JobRunWire } from "@flightdeck/protocol";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { Segmented } from "../../components/controls.tsx";
import { CodeSnippet } from "../../components/copy.tsx";
import { PageHeader, TabList } from "../../components/layout.tsx";
import { EmptyState, LoadMore, SkeletonRows } from "../../components/query-view.tsx";
import { TimeText } from "../../components/text.tsx";
import { definedOnly, type JobRunsShown, type JobsTab } from "../../lib/addresses.ts";
import { serverUrl } from "../../lib/mlflow-client.ts";
import { ClusterStateBadge, JobRunDuration, JobRunStateBadge, JobsRefusal } from "./job-parts.tsx";
import { clustersQuery, jobRunsQuery } from "./job-queries.ts";
import { jobRunName } from "./job-run-state.ts";

const TABS = [
  { name: "runs", label: "Job runs" },
  { name: "clusters", label: "Clusters" },
] as const;

const route = getRouteApi("/jobs");

/** The workspace's job runs on this machine, and their clusters. */
export function JobsPage(): ReactNode {
  const { tab = "runs" } = route.useSearch();
  const navigate = route.useNavigate();
  const select = (name: JobsTab): void =>
    void navigate({
      search: (before) => definedOnly({ ...before, tab: name === "clusters" ? name : undefined }),
      replace: true,
    }); // Stays on this screen.
  return (
    <div className="page page-fill">
      <PageHeader title="Jobs" />
      <TabList<JobsTab> label="Parts of the workspace" tabs={TABS} selected={tab} onSelect={select}>
        {tab === "runs" ? <JobRunsView /> : <ClustersView />}
      </TabList>
    </div>
  );
}

const SHOWN = [
  { value: "all", label: "All" },
  { value: "active", label: "Active" },
  { value: "completed", label: "Completed" },
] as const;

/** Job runs, newest first, live. */
function JobRunsView(): ReactNode {
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery({ ...jobRunsQuery(show), placeholderData: keepPreviousData });
  const runs = useMemo(() => query.data?.pages.flatMap((page) => page.runs), [query.data]);
  const change = (value: "all" | JobRunsShown): void =>
    void navigate({
      search: (before) => definedOnly({ ...before, show: value === "all" ? undefined : value }),
      replace: true,
    }); // Stays on this screen.
  if (query.isError && runs === undefined)
    return <JobsRefusal error={query.error} what="the job runs" onRetry={query.refetch} />;
  return (
    <div className="jobs-list">
      <div className="toolbar">
        <Segmented label="Which job runs" options={SHOWN} value={show ?? "all"} onChange={change} />
      </div>
      {query.isError && <JobsRefusal error={query.error} what="the job runs" onRetry={query.refetch} />}
      {query.isPending && <SkeletonRows label="Loading the job runs" count={12} />}
      {runs !== undefined && runs.length > 0 && <JobRunsTable runs={runs} />}
      {runs?.length === 0 && <NoJobRuns show={show} />}
      <LoadMore query={query} noun="job runs" />
    </div>
  );
}

function NoJobRuns({ show }: { readonly show: JobRunsShown | undefined }): ReactNode {
  if (show !== undefined) return <EmptyState icon="search" title={`No ${show} job runs`} />;
  return (
    <EmptyState icon="job" title="No job has run yet">
      <p>A job is a command that this machine runs for you. To run a project as a job:</p>
      <CodeSnippet
        title="Command line"
        code={[
          `export MLFLOW_TRACKING_URI=databricks DATABRICKS_HOST=${serverUrl} DATABRICKS_TOKEN=TOKEN`,
          "flightdeck run PROJECT -e ENTRY_POINT -b databricks --backend-config cluster.json",
        ].join("\n")}
      />
    </EmptyState>
  );
}

/** One line per job run. */
function JobRunsTable({ runs }: { readonly runs: readonly JobRunWire[] }): ReactNode {
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

/** Cluster definitions. All of them run on this machine. */
function ClustersView(): ReactNode {
  const query = useInfiniteQuery(clustersQuery());
  if (query.isError && query.data === undefined)
    return <JobsRefusal error={query.error} what="the clusters" onRetry={query.refetch} />;
  if (query.data === undefined) return <SkeletonRows label="Loading the clusters" count={6} />;
  const clusters = query.data.pages.flatMap((page) => page.clusters);
  if (clusters.length === 0) return <EmptyState icon="screen" title="No clusters" />;
  return (
    <div className="jobs-list">
      <div className="table-frame">
        <table className="table">
          <caption className="visually-hidden">Clusters</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">State</th>
              <th scope="col">User</th>
              <th scope="col">Started</th>
              <th scope="col">Message</th>
            </tr>
          </thead>
          <tbody>
            {clusters.map((cluster) => (
              <ClusterRow key={cluster.cluster_id} cluster={cluster} />
            ))}
          </tbody>
        </table>
      </div>
      <LoadMore query={query} noun="clusters" />
    </div>
  );
}

function ClusterRow({ cluster }: { readonly cluster: ClusterWire }): ReactNode {
  const { cluster_name: name, cluster_id: id, state, state_message: message } = cluster;
  const { creator_user_name: user, start_time: startMs = 0 } = cluster;
  return (
    <tr>
      <th scope="row" className="nowrap">
        {name === "" ? id : name}
        {name !== "" && <div className="muted cell-small">{id}</div>}
      </th>
      <td>
        <ClusterStateBadge state={state} />
      </td>
      <td>{user === "" ? <span className="muted">–</span> : user}</td>
      <td className="nowrap">
        <TimeText timeMs={startMs} />
      </td>
      <td className="cell-message">{message}</td>
    </tr>
  );
}
