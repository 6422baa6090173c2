import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { CodeSnippet } from "../../../components/code-snippet.tsx";
import { EmptyState } from "../../../components/empty-state.tsx";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { LoadMore } from "../../../components/load-more.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { SearchField } from "../../../components/search-field.tsx";
import { SkeletonRows } from "../../../components/skeleton.tsx";
import { useDebouncedValue } from "../../../lib/use-debounced-value.ts";
import { registeredModelsQuery } from "../api/registry-queries.ts";
import { ModelsTable } from "./models-table.tsx";

const route = getRouteApi("/models");

/** The model registry. */
export function ModelsPage(): ReactNode {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const settled = useDebouncedValue(q);
  const query = useInfiniteQuery({
    ...registeredModelsQuery(settled === "" ? undefined : settled),
    placeholderData: keepPreviousData,
  });
  const models = useMemo(() => query.data?.pages.flatMap(({ items }) => items), [query.data]);
  return (
    <div className="page page-fill">
      <PageHeader
        title="Registered models"
        beside={
          models && (
            <span className="muted">{query.hasNextPage ? `first ${models.length}` : models.length}</span>
          )
        }
      />
      <div className="toolbar">
        <SearchField
          primary
          label="Search by name"
          value={q}
          // Stays on this screen.
          onChange={(text) => void navigate({ search: text === "" ? {} : { q: text }, replace: true })}
        />
      </div>
      {query.isError && (
        <ErrorNotice
          error={query.error}
          what="Could not load the registered models."
          onRetry={() => void query.refetch()} // The outcome arrives through the query.
        />
      )}
      {query.isPending && <SkeletonRows label="Loading the registered models" count={12} />}
      {models && models.length > 0 && <ModelsTable models={models} />}
      {models?.length === 0 && <NoModels q={settled} />}
      <LoadMore query={query} noun="models" />
    </div>
  );
}

function NoModels({ q }: { readonly q: string }): ReactNode {
  if (q !== "") return <EmptyState icon="search" title={`No model's name holds “${q}”`} />;
  return (
    <EmptyState icon="model" title="No model is registered yet">
      <p>Register one while logging it, or later from the page of a logged model:</p>
      <CodeSnippet
        title="TypeScript"
        code={'await run.logModel(model, { name: "model", registeredModelName: "my_model" });'}
      />
      <CodeSnippet title="Python" code={'mlflow.register_model("models:/MODEL_ID", "my_model")'} />
    </EmptyState>
  );
}
