import type { Run } from "@flightdeck/protocol";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { CopyButton, FullPath } from "../../components/copy.tsx";
import { Panel } from "../../components/layout.tsx";
import { ErrorNotice } from "../../components/query-view.tsx";
import { TimeText } from "../../components/text.tsx";
import { KeyValueTable, MetricsTable } from "../../components/value-tables.tsx";
import { formatCount } from "../../lib/format.ts";
import { childRunsFilter, userTags } from "../../lib/mlflow-text.ts";
import { shownName } from "../../lib/names.ts";
import { LoggedModelStatusBadge } from "../models/model-parts.tsx";
import { runModelsQuery } from "../models/model-queries.ts";
import { LoadedRunsTable } from "../runs/loaded-runs-table.tsx";
import { toRunRow } from "../runs/run-columns.ts";
import { CHILDREN_SHOWN_MAX, childRunsQuery } from "../runs/run-queries.ts";
import type { RunSort } from "../runs/runs-table-head.tsx";

/** What a run logged, at a glance. */
export function RunOverview({ run }: { readonly run: Run }): ReactNode {
  const { experimentId, runId, artifactUri } = run.info;
  const tags = userTags(run.data.tags);
  return (
    <div className="stack">
      <ChildRuns experimentId={experimentId} runId={runId} />
      <div className="columns">
        <Panel title="Metrics" count={run.data.metrics.length}>
          <MetricsTable metrics={run.data.metrics} whenEmpty="No metrics logged." />
        </Panel>
        <Panel title="Parameters" count={run.data.params.length}>
          <KeyValueTable caption="Parameters" rows={run.data.params} whenEmpty="No parameters logged." />
        </Panel>
      </div>
      <RunModels run={run} />
      <div className="columns">
        <Panel title="Tags" count={tags.length}>
          <KeyValueTable caption="Tags" rows={tags} whenEmpty="No tags." />
        </Panel>
        <div className="stack">
          <RunDatasets run={run} />
          <Panel title="Artifacts">
            <div className="panel-body">
              <FullPath uri={artifactUri} />
            </div>
          </Panel>
        </div>
      </div>
    </div>
  );
}

const CONTEXT_TAG = "mlflow.data.context";

/** The datasets that a run used. Renders nothing if there are none. */
function RunDatasets({ run }: { readonly run: Run }): ReactNode {
  const { datasetInputs } = run.inputs;
  if (datasetInputs.length === 0) return null;
  return (
    <Panel title="Datasets" count={datasetInputs.length}>
      <div className="table-scroll">
        <table className="table">
          <caption className="visually-hidden">Datasets</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Digest</th>
              <th scope="col">Used for</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {datasetInputs.map(({ dataset, tags }) => (
              <tr key={`${dataset.name} ${dataset.digest}`}>
                <th scope="row">{dataset.name}</th>
                <td>
                  <code>{dataset.digest}</code>
                </td>
                <td>{tags.find(({ key }) => key === CONTEXT_TAG)?.value}</td>
                <td className="value-text">{dataset.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

const NEWEST_FIRST: RunSort = { columnId: "attributes.start_time", ascending: false };

type ChildRunsProps = { readonly experimentId: string; readonly runId: string };

/** A run's child runs and how they differ. Renders nothing if there are none. */
function ChildRuns({ experimentId, runId }: ChildRunsProps): ReactNode {
  const [sort, setSort] = useState(NEWEST_FIRST);
  const search = { sort: sort.columnId, ...(sort.ascending && { dir: "asc" as const }) };
  const query = useQuery({
    ...childRunsQuery(experimentId, runId, search),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.items.map(toRunRow) ?? [], [query.data]);
  if (query.isError) return <ErrorNotice error={query.error} what="Could not load the nested runs." />;
  if (rows.length === 0) return null;
  const filter = childRunsFilter(runId);
  return (
    <Panel
      title="Nested runs"
      count={rows.length}
      actions={
        <Link
          to="/experiments/$experimentId"
          params={{ experimentId }}
          search={{ filter }}
          className="button button-small"
        >
          Filter and compare
        </Link>
      }
    >
      <LoadedRunsTable caption="Nested runs" rows={rows} sort={sort} onSort={setSort} />
      {query.data?.nextPageToken !== undefined && (
        <p className="muted panel-empty">
          These are the first {formatCount(CHILDREN_SHOWN_MAX)}. The experiment’s table shows all of them.
        </p>
      )}
    </Panel>
  );
}

/** The models that a run logged. Renders nothing if there are none. */
function RunModels({ run }: { readonly run: Run }): ReactNode {
  const query = useQuery(runModelsQuery(run));
  if (query.isError) return <ErrorNotice error={query.error} what="Could not load the logged models." />;
  const models = query.data ?? [];
  if (models.length === 0) return null;
  return (
    <Panel title="Logged models" count={models.length}>
      <div className="table-scroll">
        <table className="table">
          <caption className="visually-hidden">Logged models</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Status</th>
              <th scope="col">Type</th>
              <th scope="col">Created</th>
              <th scope="col">Full Path</th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <tr key={model.modelId}>
                <th scope="row">
                  <Link
                    to="/experiments/$experimentId/models/$modelId"
                    params={{ experimentId: model.experimentId, modelId: model.modelId }}
                    className="row-link"
                  >
                    <bdi>{shownName(model.name, model.modelId)}</bdi>
                  </Link>
                </th>
                <td>
                  <LoggedModelStatusBadge status={model.status} />
                </td>
                <td>{model.modelType}</td>
                <td className="nowrap">
                  <TimeText timeMs={model.creationTimeMs} />
                </td>
                <td>
                  <span className="inline-path">
                    <code>{model.artifactUri}</code>
                    <CopyButton text={model.artifactUri} what="Full Path" />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
