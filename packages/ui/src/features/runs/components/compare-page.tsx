import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { EmptyState } from "../../../components/empty-state.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { QueryView } from "../../../components/query-view.tsx";
import { Segmented } from "../../../components/segmented.tsx";
import { experimentQuery } from "../../experiments/api/experiment-queries.ts";
import { runsByIdQuery } from "../api/run-queries.ts";
import { compareRunIds } from "../compare-search.ts";
import { toRunRow } from "../run-row.ts";
import { CompareTable } from "./compare-table.tsx";

const SCOPES = [
  { value: "differences", label: "Differences" },
  { value: "all", label: "Everything" },
] as const;

const route = getRouteApi("/experiments/$experimentId/compare");

/** Runs side by side. */
export function ComparePage(): ReactNode {
  const { experimentId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const experiment = useQuery(experimentQuery(experimentId)).data;
  const runIds = useMemo(() => compareRunIds(search), [search]);
  const query = useQuery(runsByIdQuery(experimentId, runIds));
  return (
    <div className="page page-fill">
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
          <Segmented
            label="What to compare"
            options={SCOPES}
            value={search.all === true ? "all" : "differences"}
            onChange={(scope) =>
              // Stays on this screen.
              void navigate({
                search: scope === "all" ? { runs: search.runs, all: true } : { runs: search.runs },
                replace: true,
              })
            }
          />
        }
      />
      {runIds.length === 0 ? (
        <EmptyState icon="compare" title="No run is named">
          <p>Select two or more runs in an experiment’s table, then Compare.</p>
        </EmptyState>
      ) : (
        <QueryView query={query} what="the runs">
          {(runs) => <CompareTable rows={runs.map(toRunRow)} differencesOnly={search.all !== true} />}
        </QueryView>
      )}
    </div>
  );
}
