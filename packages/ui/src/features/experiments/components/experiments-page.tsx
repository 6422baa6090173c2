import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Icon } from "../../../components/icon.tsx";
import { LoadMore } from "../../../components/load-more.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { Segmented } from "../../../components/segmented.tsx";
import { SearchField } from "../../../components/search-field.tsx";
import { SkeletonRows } from "../../../components/skeleton.tsx";
import { formatPlural } from "../../../lib/format-number.ts";
import { definedOnly } from "../../../lib/search-values.ts";
import { useDebouncedValue } from "../../../lib/use-debounced-value.ts";
import { experimentsQuery } from "../api/experiment-queries.ts";
import { CreateExperimentDialog } from "./create-experiment-dialog.tsx";
import { ExperimentsTable } from "./experiments-table.tsx";
import { NoExperiments } from "./no-experiments.tsx";

const VIEWS = [
  { value: "ACTIVE_ONLY", label: "Active" },
  { value: "DELETED_ONLY", label: "Deleted" },
] as const;

const route = getRouteApi("/experiments");

/** The list of experiments: find one by its name, or make one. */
export function ExperimentsPage(): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [creating, setCreating] = useState(false);
  const q = useDebouncedValue(search.q);
  const query = useInfiniteQuery({
    ...experimentsQuery(definedOnly({ q, view: search.view })),
    placeholderData: keepPreviousData,
  });
  const experiments = useMemo(() => query.data?.pages.flatMap(({ items }) => items), [query.data]);
  const change = (changes: { q?: string | undefined; view?: "DELETED_ONLY" | undefined }): void =>
    void navigate({ search: (before) => definedOnly({ ...before, ...changes }), replace: true }); // Stays on this screen.

  return (
    <div className="page page-fill">
      <PageHeader
        title="Experiments"
        beside={experiments && <CountText count={experiments.length} more={query.hasNextPage} />}
        actions={
          <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
            <Icon name="plus" size={14} /> Create experiment
          </button>
        }
      />
      <div className="toolbar">
        <SearchField
          primary
          label="Search by name"
          value={search.q ?? ""}
          onChange={(text) => change({ q: text === "" ? undefined : text })}
        />
        <Segmented
          label="Which experiments"
          options={VIEWS}
          value={search.view ?? "ACTIVE_ONLY"}
          onChange={(view) => change({ view: view === "DELETED_ONLY" ? view : undefined })}
        />
      </div>
      {query.isError && (
        <ErrorNotice
          error={query.error}
          what="Could not load the experiments."
          onRetry={() => void query.refetch()} // The outcome arrives through the query.
        />
      )}
      {query.isPending && <SkeletonRows label="Loading the experiments" count={12} />}
      {experiments && experiments.length > 0 && <ExperimentsTable experiments={experiments} />}
      {experiments?.length === 0 && <NoExperiments search={search} onCreate={() => setCreating(true)} />}
      <LoadMore query={query} noun="experiments" />
      {creating && <CreateExperimentDialog onClose={() => setCreating(false)} />}
    </div>
  );
}

function CountText({ count, more }: { readonly count: number; readonly more: boolean }): ReactNode {
  return <span className="muted">{more ? `first ${formatPlural(count, "experiment")}` : count}</span>;
}
