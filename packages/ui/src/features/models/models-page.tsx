import type { RegisteredModel } from "@flightdeck/protocol";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { SearchField } from "../../components/controls.tsx";
import { CodeSnippet } from "../../components/copy.tsx";
import { PageHeader } from "../../components/layout.tsx";
import { EmptyState, ErrorNotice, LoadMore, SkeletonRows } from "../../components/query-view.tsx";
import { MiddleText, TimeText } from "../../components/text.tsx";
import { useDebouncedValue } from "../../lib/hooks.ts";
import { TagChips } from "./model-parts.tsx";
import { registeredModelsQuery } from "./model-queries.ts";

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
          onRetry={() => void query.refetch()} // The query reports the outcome.
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
  if (q !== "") return <EmptyState icon="search" title={`No model name contains “${q}”`} />;
  return (
    <EmptyState icon="model" title="No registered models yet">
      <p>Register one while logging it, or later from the page of a logged model:</p>
      <CodeSnippet
        title="TypeScript"
        code={'await run.logModel(model, { name: "model", registeredModelName: "my_model" });'}
      />
      <CodeSnippet title="Python" code={'mlflow.register_model("models:/MODEL_ID", "my_model")'} />
    </EmptyState>
  );
}

/** One line per registered model. */
function ModelsTable({ models }: { readonly models: readonly RegisteredModel[] }): ReactNode {
  return (
    <div className="table-frame">
      <table className="table">
        <caption className="visually-hidden">Registered models</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Latest version</th>
            <th scope="col">Aliases</th>
            <th scope="col">Tags</th>
            <th scope="col">Description</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <ModelRow key={model.name} model={model} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ModelRow({ model }: { readonly model: RegisteredModel }): ReactNode {
  const { name, aliases, tags, description, lastUpdateTimeMs } = model;
  const latest = latestVersion(model);
  return (
    <tr>
      <th scope="row">
        <Link to="/models/$name" params={{ name }} className="row-link" data-row-link="" aria-label={name}>
          <MiddleText text={name} />
        </Link>
      </th>
      <td>
        {latest !== undefined && (
          <Link to="/models/$name/versions/$version" params={{ name, version: latest }}>
            Version {latest}
          </Link>
        )}
      </td>
      <td>
        <span className="chips">
          {aliases.map(({ alias, version }) => (
            <span key={alias} className="chip chip-accent">
              @{alias}: {version}
            </span>
          ))}
        </span>
      </td>
      <td>
        <TagChips tags={tags} />
      </td>
      <td className="cell-note">{description}</td>
      <td className="nowrap">
        <TimeText timeMs={lastUpdateTimeMs} />
      </td>
    </tr>
  );
}

function latestVersion({ latestVersions }: RegisteredModel): string | undefined {
  const numbers = latestVersions.map(({ version }) => Number(version));
  return numbers.length === 0 ? undefined : String(Math.max(...numbers));
}
