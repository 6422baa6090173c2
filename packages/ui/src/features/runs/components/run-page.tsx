import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { PageHeader } from "../../../components/page-header.tsx";
import { QueryView } from "../../../components/query-view.tsx";
import { SkeletonRows } from "../../../components/skeleton.tsx";
import { TabList } from "../../../components/tab-list.tsx";
import { findTagValue } from "../../../lib/tag-value.ts";
import { experimentQuery } from "../../experiments/api/experiment-queries.ts";
import { runQuery } from "../api/run-queries.ts";
import type { RunTab } from "../run-search.ts";
import { RunFacts } from "./run-facts.tsx";
import { RunLifecycleButton } from "./run-lifecycle-button.tsx";
import { RunOverview } from "./run-overview.tsx";
import { RunStatusBadge } from "./run-status-badge.tsx";

const RunCharts = lazy(async () => ({ default: (await import("./run-charts.tsx")).RunCharts }));
const RunArtifacts = lazy(async () => ({ default: (await import("./run-artifacts.tsx")).RunArtifacts }));

const route = getRouteApi("/experiments/$experimentId/runs/$runId");

/** One run. */
export function RunPage(): ReactNode {
  const { runId } = route.useParams();
  const query = useQuery(runQuery(runId));
  return (
    <div className="page">
      <QueryView query={query} what="the run" pageTitle="Run">
        {(run) => <RunView key={run.info.runId} run={run} />}
      </QueryView>
    </div>
  );
}

function RunView({ run }: { readonly run: Run }): ReactNode {
  const { tab = "overview" } = route.useSearch();
  const navigate = route.useNavigate();
  const { info, data } = run;
  const tabs = [
    { name: "overview", label: "Overview" },
    { name: "charts", label: "Charts", count: data.metrics.length },
    { name: "artifacts", label: "Artifacts" },
  ] as const;
  const note = findTagValue(data.tags, SYSTEM_TAGS.runNote);
  return (
    <>
      <PageHeader
        title={info.runName === "" ? info.runId : info.runName}
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
          <ExperimentLink key="experiment" experimentId={info.experimentId} />,
          "Run",
        ]}
        beside={
          <>
            <RunStatusBadge status={info.status} />
            {info.lifecycleStage === "deleted" && <span className="chip">deleted</span>}
          </>
        }
        actions={<RunLifecycleButton info={info} />}
      />
      <RunFacts run={run} />
      {note !== undefined && <p className="note">{note}</p>}
      <TabList<RunTab>
        label="Parts of the run"
        tabs={tabs}
        selected={tab}
        // Stays on this screen.
        onSelect={(name) => void navigate({ search: { tab: name }, replace: true })}
      >
        <Suspense fallback={<SkeletonRows label="Loading" />}>
          {tab === "overview" && <RunOverview run={run} />}
          {tab === "charts" && <RunCharts run={run} />}
          {tab === "artifacts" && <RunArtifacts run={run} />}
        </Suspense>
      </TabList>
    </>
  );
}

function ExperimentLink({ experimentId }: { readonly experimentId: string }): ReactNode {
  const experiment = useQuery(experimentQuery(experimentId)).data;
  return (
    <Link to="/experiments/$experimentId" params={{ experimentId }}>
      {experiment?.name ?? `Experiment ${experimentId}`}
    </Link>
  );
}
