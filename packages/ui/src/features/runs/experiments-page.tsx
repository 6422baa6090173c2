import { type Experiment, SYSTEM_TAGS } from "@flightdeck/protocol";
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  type UseMutationResult,
  useQueryClient,
} from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useId, useMemo, useState } from "react";
import { Dialog, SearchField, Segmented } from "../../components/controls.tsx";
import { CodeSnippet } from "../../components/copy.tsx";
import { Icon } from "../../components/icon.tsx";
import { PageHeader } from "../../components/layout.tsx";
import { EmptyState, ErrorNotice, LoadMore, SkeletonRows } from "../../components/query-view.tsx";
import { TimeText } from "../../components/text.tsx";
import { definedOnly, type ExperimentsSearch } from "../../lib/addresses.ts";
import { formatPlural } from "../../lib/format.ts";
import { useDebouncedValue } from "../../lib/hooks.ts";
import { mlflowClient, serverUrl } from "../../lib/mlflow-client.ts";
import { findTagValue } from "../../lib/mlflow-text.ts";
import { shownName } from "../../lib/names.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import { experimentsQuery } from "./experiment-queries.ts";

const VIEWS = [
  { value: "ACTIVE_ONLY", label: "Active" },
  { value: "DELETED_ONLY", label: "Deleted" },
] as const;

const route = getRouteApi("/experiments");

/** The list of experiments: find one by name or create one. */
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
          onRetry={() => void query.refetch()} // The query reports the outcome.
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

type NoExperimentsProps = { readonly search: ExperimentsSearch; readonly onCreate: () => void };

/** Explains why the list is empty and what to do about it. */
function NoExperiments({ search, onCreate }: NoExperimentsProps): ReactNode {
  if (search.q !== undefined) {
    return (
      <EmptyState icon="search" title={`No experiment name contains “${search.q}”`}>
        <p>Upper and lower case do not matter. Try fewer letters.</p>
      </EmptyState>
    );
  }
  if (search.view === "DELETED_ONLY") return <EmptyState icon="trash" title="No deleted experiments" />;
  return (
    <EmptyState icon="folder" title="No experiments yet">
      <p>An experiment is a group of runs. A client that logs a run also creates its experiment:</p>
      <CodeSnippet
        title="Command line"
        code={`MLFLOW_TRACKING_URI=${serverUrl} flightdeck run PROJECT -e ENTRY_POINT --experiment-name my-experiment`}
      />
      <button type="button" className="button" onClick={onCreate}>
        Create one here
      </button>
    </EmptyState>
  );
}

/** One line per experiment. */
function ExperimentsTable({ experiments }: { readonly experiments: readonly Experiment[] }): ReactNode {
  return (
    <div className="table-frame">
      <table className="table">
        <caption className="visually-hidden">Experiments</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">ID</th>
            <th scope="col">Description</th>
            <th scope="col">Artifact location</th>
            <th scope="col">Created</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((experiment) => (
            <ExperimentRow key={experiment.experimentId} experiment={experiment} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ExperimentRow({ experiment }: { readonly experiment: Experiment }): ReactNode {
  const { experimentId, name, artifactLocation, creationTimeMs, lastUpdateTimeMs, tags } = experiment;
  return (
    <tr>
      <th scope="row">
        <Link to="/experiments/$experimentId" params={{ experimentId }} className="row-link" data-row-link="">
          <bdi>{shownName(name, `Experiment ${experimentId}`)}</bdi>
        </Link>
      </th>
      <td className="muted">{experimentId}</td>
      <td className="cell-note">{findTagValue(tags, SYSTEM_TAGS.runNote)}</td>
      <td>
        <code className="muted">{artifactLocation}</code>
      </td>
      <td className="nowrap">
        <TimeText timeMs={creationTimeMs} />
      </td>
      <td className="nowrap">
        <TimeText timeMs={lastUpdateTimeMs} />
      </td>
    </tr>
  );
}

/** Asks for a name and, optionally, an artifact root other than the server's. Opens the new experiment. */
function CreateExperimentDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const id = useId();
  const navigate = useNavigate();
  const create = useCreateExperiment();
  const [name, setName] = useState("");
  const [artifactLocation, setArtifactLocation] = useState("");

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate(
      { name, artifactLocation },
      {
        onSuccess: (experimentId) =>
          void navigate({ to: "/experiments/$experimentId", params: { experimentId } }), // Shows its own errors.
      },
    );
  };
  return (
    <Dialog title="Create an experiment" onClose={onClose}>
      <form className="dialog-body" onSubmit={submit}>
        <div className="field">
          <label htmlFor={`${id}-name`}>Name</label>
          <input
            id={`${id}-name`}
            className="input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder="/Users/me@example.com/airline"
            required
            autoComplete="off"
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-location`}>Artifact location</label>
          <input
            id={`${id}-location`}
            className="input"
            value={artifactLocation}
            onChange={(event) => setArtifactLocation(event.target.value)}
            aria-describedby={`${id}-hint`}
            autoComplete="off"
          />
          <span id={`${id}-hint`} className="field-hint">
            Leave it empty for the server’s own artifact root. It cannot be changed later.
          </span>
        </div>
        {create.isError && <ErrorNotice error={create.error} what="The experiment was not created." />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={create.isPending}>
            {create.isPending ? "Creating…" : "Create"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

type NewExperiment = { readonly name: string; readonly artifactLocation: string };

/** Creates an experiment and resolves to its id. */
function useCreateExperiment(): UseMutationResult<string, Error, NewExperiment> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, artifactLocation }: NewExperiment) =>
      mlflowClient.createExperiment({
        name: name.trim(),
        artifactLocation: artifactLocation.trim() === "" ? undefined : artifactLocation.trim(),
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.experiments] }),
  });
}
