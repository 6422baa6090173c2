import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { CodeSnippet } from "../../../components/code-snippet.tsx";
import { EmptyState } from "../../../components/empty-state.tsx";
import { LoadMore } from "../../../components/load-more.tsx";
import { Segmented } from "../../../components/segmented.tsx";
import { SkeletonRows } from "../../../components/skeleton.tsx";
import { serverUrl } from "../../../app/mlflow-client.ts";
import { definedOnly } from "../../../lib/search-values.ts";
import { jobRunsQuery } from "../api/job-queries.ts";
import type { JobRunsShown } from "../jobs-search.ts";
import { JobRunsTable } from "./job-runs-table.tsx";
import { JobsRefusal } from "./jobs-refusal.tsx";

const SHOWN = [
  { value: "all", label: "All" },
  { value: "active", label: "Active" },
  { value: "completed", label: "Completed" },
] as const;

const route = getRouteApi("/jobs");

/** The runs of jobs, newest first, as they come and go. */
export function JobRunsView(): ReactNode {
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
  if (show !== undefined) return <EmptyState icon="search" title={`No job run is ${show}`} />;
  return (
    <EmptyState icon="job" title="No job has run yet">
      <p>A job is a command that this machine runs for others. A project becomes one like this:</p>
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
