import type { Run } from "@flightdeck/protocol";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { Panel } from "../../components/layout.tsx";
import { RunLink } from "../../components/run-link.tsx";
import { LongText } from "../../components/text.tsx";
import { shownText } from "../../lib/names.ts";
import { metricDirection } from "../runs/column-summary.ts";
import { LoadedRunsTable } from "../runs/loaded-runs-table.tsx";
import type { RunRow } from "../runs/run-columns.ts";
import type { RunSort } from "../runs/runs-table-head.tsx";
import { readPlan, STATE_NAMES, type Trial } from "./trials.ts";

type TrialsTableProps = {
  readonly trials: readonly Trial[];
  /** All trials, which determine the columns and the best values. */
  readonly allRows: readonly RunRow[];
  readonly metric: string;
};

/** Columns that are the same for all trials of a search. */
const LEFT_OUT: ReadonlySet<string> = new Set(["attributes.user_id", "attributes.source"]);

/** The trials as a table, best first by default. */
export function TrialsTable({ trials, allRows, metric }: TrialsTableProps): ReactNode {
  const columnId = `metrics.${metric}`;
  const [sort, setSort] = useState<RunSort | undefined>();
  const shownSort = sort ?? { columnId, ascending: metricDirection(metric) === "min" };
  const sorted = useMemo(
    () => sortTrials(trials, shownSort),
    [trials, shownSort.columnId, shownSort.ascending],
  );
  const arrange = useCallback(
    (ids: readonly string[]) => [columnId, ...ids.filter((id) => !LEFT_OUT.has(id) && id !== columnId)],
    [columnId],
  );
  return (
    <Panel title="Trials" count={trials.length}>
      <LoadedRunsTable
        caption="Trials"
        rows={allRows}
        shown={sorted}
        arrange={arrange}
        sort={shownSort}
        onSort={setSort}
      />
    </Panel>
  );
}

/** Sorts locally, since all trials are loaded. Those without a value come last. */
function sortTrials(trials: readonly Trial[], { columnId, ascending }: RunSort): readonly RunRow[] {
  const sign = ascending ? 1 : -1;
  const keyOf = ({ row }: Trial): number | string | undefined => {
    const { info } = row.run;
    const dot = columnId.indexOf(".");
    const [group, key] = [columnId.slice(0, dot), columnId.slice(dot + 1)];
    if (group === "metrics") return row.metrics.get(key);
    if (group === "attributes")
      return { run_name: info.runName, status: info.status }[key] ?? info.startTimeMs;
    const text = (group === "params" ? row.params : row.tags).get(key);
    return text === undefined || text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  };
  const valued = trials.map((trial) => ({ row: trial.row, key: keyOf(trial) }));
  return valued
    .toSorted((a, b) => {
      const isMissing = [a, b].map(({ key }) => key === undefined || Number.isNaN(key));
      if (isMissing[0] === true || isMissing[1] === true) return Number(isMissing[0]) - Number(isMissing[1]);
      if (a.key === b.key || a.key === undefined || b.key === undefined) return 0;
      return sign * (a.key < b.key ? -1 : 1);
    })
    .map(({ row }) => row);
}

/** Enough to see what goes wrong; a search's failures are often alike. */
const FAILURES_SHOWN_MAX = 20;

/** Trials without a result, and why. Renders nothing if all have one. */
export function FailedTrials({ trials }: { readonly trials: readonly Trial[] }): ReactNode {
  const failed = trials.filter(
    ({ state }) => state === "failed" || state === "pruned" || state === "stopped",
  );
  if (failed.length === 0) return null;
  return (
    <Panel title="Pruned and failed trials" count={failed.length}>
      <div className="table-scroll">
        <table className="table">
          <caption className="visually-hidden">Pruned and failed trials</caption>
          <thead>
            <tr>
              <th scope="col">Trial</th>
              <th scope="col">Outcome</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {failed.slice(0, FAILURES_SHOWN_MAX).map(({ runId, name, row, state, error }) => (
              <tr key={runId}>
                <th scope="row">
                  <RunLink experimentId={row.run.info.experimentId} runId={runId} name={name} />
                </th>
                <td>{STATE_NAMES[state]}</td>
                <td className="value-text">{error === undefined ? "–" : <LongText text={error} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {failed.length > FAILURES_SHOWN_MAX && (
        <p className="muted panel-empty">{failed.length - FAILURES_SHOWN_MAX} more are in the table above.</p>
      )}
    </Panel>
  );
}

/** A tracked search's space. Renders nothing if the search did not record it. */
export function SpaceTable({ run }: { readonly run: Run }): ReactNode {
  const { space } = readPlan(new Map(run.data.params.map(({ key, value }) => [key, value])));
  if (space.length === 0) return null;
  return (
    <Panel title="Search space" count={space.length}>
      <div className="table-scroll">
        <table className="table key-value">
          <caption className="visually-hidden">Search space</caption>
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              <th scope="col">Prior</th>
            </tr>
          </thead>
          <tbody>
            {space.map(({ label, prior }) => (
              <tr key={label}>
                <th scope="row">
                  <bdi>{shownText(label)}</bdi>
                </th>
                <td className="value-text">
                  <LongText text={prior} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
