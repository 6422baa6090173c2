import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { PageHeader } from "../../../components/page-header.tsx";
import { TabList } from "../../../components/tab-list.tsx";
import { definedOnly } from "../../../lib/search-values.ts";
import type { JobsTab } from "../jobs-search.ts";
import { ClustersView } from "./clusters-view.tsx";
import { JobRunsView } from "./job-runs-view.tsx";

const TABS = [
  { name: "runs", label: "Job runs" },
  { name: "clusters", label: "Clusters" },
] as const;

const route = getRouteApi("/jobs");

/** What this machine does for the workspace: runs of jobs, and the clusters that they run on. */
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
