import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { Segmented } from "../../components/controls.tsx";
import { PageHeader, TabList } from "../../components/layout.tsx";
import { lazyPart } from "../../components/lazy-part.tsx";
import { EmptyState, QueryView } from "../../components/query-view.tsx";
import { RunLink } from "../../components/run-link.tsx";
import { compareRunIds, definedOnly } from "../../lib/addresses.ts";
import { shownText } from "../../lib/names.ts";
import { bestValues, summarizeColumns } from "../runs/column-summary.ts";
import { experimentQuery } from "../runs/experiment-queries.ts";
import { RunCell } from "../runs/run-cell.tsx";
import {
  parseRunColumn,
  type RunColumn,
  runColumnLabel,
  runColumnText,
  type RunRow,
  toRunRow,
} from "../runs/run-columns.ts";
import { runsByIdQuery } from "../runs/run-queries.ts";
import { SaveRuns } from "../runs/save-runs.tsx";

const SCOPES = [
  { value: "differences", label: "Differences" },
  { value: "all", label: "Everything" },
] as const;

const route = getRouteApi("/experiments/$experimentId/compare");

const TABS = [
  { name: "values", label: "Values" },
  { name: "curves", label: "Curves" },
] as const;

const CompareCurves = lazyPart(async () => (await import("./compare-curves.tsx")).CompareCurves);

/** Compares runs side by side: their values or their curves. */
export function ComparePage(): ReactNode {
  const { experimentId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const experiment = useQuery(experimentQuery(experimentId)).data;
  const runIds = useMemo(() => compareRunIds(search), [search]);
  const query = useQuery(runsByIdQuery(experimentId, runIds));
  // In the order in which they were selected, which is the table's order.
  const rows = useMemo(
    () =>
      query.data
        ?.map(toRunRow)
        .toSorted((a, b) => runIds.indexOf(a.run.info.runId) - runIds.indexOf(b.run.info.runId)),
    [query.data, runIds],
  );
  const { tab = "values" } = search;
  const change = (changes: Changes): void =>
    // Stays on this screen.
    void navigate({
      search: ({ runs, ...before }) => ({ runs, ...definedOnly({ ...before, ...changes }) }),
      replace: true,
    });
  return (
    <div className={tab === "values" ? "page page-fill" : "page"}>
      <PageHeader
        title={`Compare ${runIds.length} runs`}
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
          <Link key="experiment" to="/experiments/$experimentId" params={{ experimentId }}>
            {experiment?.name ?? `Experiment ${experimentId}`}
          </Link>,
          "Compare",
        ]}
        actions={
          tab === "values" && (
            <>
              <SaveRuns
                name={`Compare ${runIds.length} runs`}
                columnIds={columnsOf(rows ?? [], search.all !== true)}
                rows={() => rows ?? []}
              />
              <Segmented
                label="What to compare"
                options={SCOPES}
                value={search.all === true ? "all" : "differences"}
                onChange={(scope) => change({ all: scope === "all" ? true : undefined })}
              />
            </>
          )
        }
      />
      {runIds.length === 0 ? (
        <EmptyState icon="compare" title="No runs selected">
          <p>Select two or more runs in an experiment’s table, then Compare.</p>
        </EmptyState>
      ) : (
        <TabList
          label="Parts of the comparison"
          tabs={TABS}
          selected={tab}
          onSelect={(name) => change({ tab: name === "curves" ? name : undefined })}
        >
          <QueryView query={query} what="the runs">
            {() =>
              tab === "curves" ? (
                <CompareCurves rows={rows ?? []} by={search.by} onBy={(by) => change({ by })} />
              ) : (
                <CompareTable rows={rows ?? []} differencesOnly={search.all !== true} />
              )
            }
          </QueryView>
        </TabList>
      )}
    </div>
  );
}

type Changes = {
  readonly all?: true | undefined;
  readonly tab?: "curves" | undefined;
  readonly by?: string | undefined;
};

const INFO_IDS = ["attributes.status", "attributes.start_time", "attributes.duration", "attributes.source"];

type CompareTableProps = { readonly rows: readonly RunRow[]; readonly differencesOnly: boolean };

/** One column per run, one line per value. Lines that are the same in all runs can be hidden. */
function CompareTable({ rows, differencesOnly }: CompareTableProps): ReactNode {
  const best = bestValues(rows);
  return (
    <div className="table-frame">
      <table className="table compare-table">
        <caption className="visually-hidden">Compared runs</caption>
        <thead>
          <tr>
            <td />
            {rows.map(({ run: { info } }) => (
              <th key={info.runId} scope="col">
                <RunLink experimentId={info.experimentId} runId={info.runId} name={info.runName} />
              </th>
            ))}
          </tr>
        </thead>
        {compareGroups(rows, differencesOnly).map(({ title, columns }) => (
          <tbody key={title}>
            <tr className="group-row">
              <th scope="rowgroup" colSpan={rows.length + 1}>
                {title}
              </th>
            </tr>
            {columns.length === 0 && (
              <tr>
                <td className="muted" colSpan={rows.length + 1}>
                  {differencesOnly ? "No differences." : "None."}
                </td>
              </tr>
            )}
            {columns.map((column) => (
              <tr key={column.id}>
                <th scope="row">
                  <bdi>{shownText(runColumnLabel(column))}</bdi>
                </th>
                {rows.map((row) => (
                  <td key={row.run.info.runId}>
                    <RunCell row={row} column={column} best={best} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** The table's lines, by column id. */
function columnsOf(rows: readonly RunRow[], differencesOnly: boolean): readonly string[] {
  return compareGroups(rows, differencesOnly).flatMap(({ columns }) => columns.map(({ id }) => id));
}

type CompareGroup = { readonly title: string; readonly columns: readonly RunColumn[] };

function compareGroups(rows: readonly RunRow[], differencesOnly: boolean): readonly CompareGroup[] {
  const summary = summarizeColumns(rows);
  const isShown = (id: string): boolean => !differencesOnly || differs(id, rows);
  const toGroup = (title: string, ids: readonly string[]): CompareGroup => ({
    title,
    columns: ids.map(parseRunColumn).filter((column) => column !== undefined),
  });
  return [
    toGroup("Run", INFO_IDS.filter(isShown)),
    ...(["metrics", "params", "tags"] as const).map((group) =>
      toGroup(
        { metrics: "Metrics", params: "Parameters", tags: "Tags" }[group],
        summary[group].map((key) => `${group}.${key}`).filter(isShown),
      ),
    ),
  ];
}

/** A value that only some runs have counts as a difference. */
function differs(id: string, rows: readonly RunRow[]): boolean {
  const column = parseRunColumn(id);
  return column === undefined || new Set(rows.map((row) => runColumnText(row, column))).size > 1;
}
