import { type Run, type RunInfo, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { CopyButton } from "../../components/copy.tsx";
import { Icon } from "../../components/icon.tsx";
import { type Fact, Facts, PageHeader, type Tab, TabList } from "../../components/layout.tsx";
import { lazyPart } from "../../components/lazy-part.tsx";
import { QueryView } from "../../components/query-view.tsx";
import { RunLink } from "../../components/run-link.tsx";
import { LongText, TimeText } from "../../components/text.tsx";
import type { RunTab } from "../../lib/addresses.ts";
import { formatExact } from "../../lib/format.ts";
import { serverUrl } from "../../lib/mlflow-client.ts";
import { findTagValue, messageOf } from "../../lib/mlflow-text.ts";
import { shownName } from "../../lib/names.ts";
import { findJobRunPlace } from "../jobs/job-task.ts";
import { modelArtifactRoot, runArtifactRoot } from "../artifacts/artifact-root.ts";
import { runModelsQuery } from "../models/model-queries.ts";
import { experimentQuery } from "../runs/experiment-queries.ts";
import { RunDuration, RunStatusBadge } from "../runs/run-cell.tsx";
import { hasTrialsQuery, runQuery, useRunLifecycle } from "../runs/run-queries.ts";
import { RunOverview } from "./run-overview.tsx";

const SearchView = lazyPart(async () => (await import("../search/search-view.tsx")).SearchView);
const RunCharts = lazyPart(async () => (await import("./run-charts.tsx")).RunCharts);
const ArtifactBrowser = lazyPart(
  async () => (await import("../artifacts/artifact-browser.tsx")).ArtifactBrowser,
);

const route = getRouteApi("/experiments/$experimentId/runs/$runId");

/** A single run. */
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
  const isSearch = useQuery(hasTrialsQuery(run)).data;
  const { tab = isSearch === true ? "search" : "overview" } = route.useSearch();
  const navigate = route.useNavigate();
  const { info, data } = run;
  const tabs: readonly Tab<RunTab>[] = [
    ...(isSearch === true ? [{ name: "search", label: "Search" } as const] : []),
    { name: "overview", label: "Overview" },
    { name: "charts", label: "Charts", count: data.metrics.length },
    { name: "artifacts", label: "Artifacts" },
  ];
  const note = findTagValue(data.tags, SYSTEM_TAGS.runNote);
  return (
    <>
      <PageHeader
        title={shownName(info.runName, info.runId)}
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
      {note !== undefined && (
        <p className="note">
          <LongText text={note} />
        </p>
      )}
      <TabList<RunTab>
        label="Parts of the run"
        tabs={tabs}
        selected={tab}
        // Stays on this screen.
        onSelect={(name) => void navigate({ search: { tab: name }, replace: true })}
      >
        {tab === "search" && <SearchView run={run} />}
        {tab === "overview" && <RunOverview run={run} />}
        {tab === "charts" && <RunCharts run={run} />}
        {tab === "artifacts" && <RunArtifacts run={run} />}
      </TabList>
    </>
  );
}

/** A run's files, including those of the models that it logged. */
function RunArtifacts({ run }: { readonly run: Run }): ReactNode {
  const { path } = route.useSearch();
  const navigate = route.useNavigate();
  const models = useQuery(runModelsQuery(run)).data;
  const root = useMemo(() => runArtifactRoot(run.info), [run.info]);
  const modelRoots = useMemo(() => (models ?? []).map(modelArtifactRoot), [models]);
  return (
    <ArtifactBrowser
      root={root}
      models={modelRoots}
      selected={path}
      // Stays on this screen.
      onSelect={(selected) => void navigate({ search: { tab: "artifacts", path: selected }, replace: true })}
    />
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

/** Deletes or restores a run. A deleted run's page stays open, so this button is its own undo. */
function RunLifecycleButton({ info }: { readonly info: RunInfo }): ReactNode {
  const lifecycle = useRunLifecycle();
  const isDeleted = info.lifecycleStage === "deleted";
  return (
    <>
      {lifecycle.isError && (
        <span className="muted" role="alert">
          {messageOf(lifecycle.error)}
        </span>
      )}
      <button
        type="button"
        className="button"
        disabled={lifecycle.isPending}
        onClick={() => lifecycle.mutate({ runIds: [info.runId], to: isDeleted ? "active" : "deleted" })}
      >
        <Icon name={isDeleted ? "restore" : "trash"} size={14} /> {isDeleted ? "Restore" : "Delete"}
      </button>
    </>
  );
}

const GIT_COMMIT_SHOWN_CHARS = 10;

/** A run's times, owner and source. */
function RunFacts({ run }: { readonly run: Run }): ReactNode {
  const { info } = run;
  const tag = (key: string): string | undefined => findTagValue(run.data.tags, key);
  const parentId = tag(SYSTEM_TAGS.parentRunId);
  const commit = tag(SYSTEM_TAGS.gitCommit);
  const facts: readonly (Fact | undefined)[] = [
    {
      name: "Started",
      value: (
        <>
          <TimeText timeMs={info.startTimeMs} />
          <span className="muted">{formatExact(info.startTimeMs)}</span>
        </>
      ),
    },
    { name: "Duration", value: <RunDuration info={info} /> },
    { name: "User", value: tag(SYSTEM_TAGS.user) ?? info.userId },
    optionalFact("Source", tag(SYSTEM_TAGS.sourceName)),
    optionalFact("Entry point", tag(SYSTEM_TAGS.projectEntryPoint)),
    optionalFact("Backend", tag(SYSTEM_TAGS.projectBackend)),
    optionalFact("Job run", jobRunLink(run.data.tags)),
    optionalFact(
      "Git commit",
      commit && <code title={commit}>{commit.slice(0, GIT_COMMIT_SHOWN_CHARS)}</code>,
    ),
    optionalFact(
      "Parent run",
      parentId && <ParentRunLink experimentId={info.experimentId} runId={parentId} />,
    ),
    {
      name: "Run ID",
      value: (
        <>
          <code>{info.runId}</code>
          <CopyButton text={info.runId} what="run ID" />
        </>
      ),
    },
  ];
  return <Facts facts={facts.filter((fact) => fact !== undefined)} />;
}

function optionalFact(name: string, value: ReactNode): Fact | undefined {
  return value === undefined || value === "" ? undefined : { name, value };
}

type ParentRunLinkProps = { readonly experimentId: string; readonly runId: string };

function ParentRunLink({ experimentId, runId }: ParentRunLinkProps): ReactNode {
  const parent = useQuery(runQuery(runId)).data;
  return <RunLink experimentId={experimentId} runId={runId} name={parent?.info.runName} />;
}

/** Links to the job that made a run, according to its tags. Returns undefined if no job did. */
function jobRunLink(tags: readonly Tag[]): ReactNode {
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
