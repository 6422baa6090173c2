import type { ReactNode } from "react";
import { serverUrl } from "../../../app/mlflow-client.ts";
import { CodeSnippet } from "../../../components/code-snippet.tsx";
import { EmptyState } from "../../../components/empty-state.tsx";
import type { ExperimentsSearch } from "../experiments-search.ts";

type NoExperimentsProps = { readonly search: ExperimentsSearch; readonly onCreate: () => void };

/** Why the list is empty, and what to do about it. */
export function NoExperiments({ search, onCreate }: NoExperimentsProps): ReactNode {
  if (search.q !== undefined) {
    return (
      <EmptyState icon="search" title={`No experiment's name holds “${search.q}”`}>
        <p>Names are searched in any case of letters. Try fewer letters.</p>
      </EmptyState>
    );
  }
  if (search.view === "DELETED_ONLY") return <EmptyState icon="trash" title="No experiment is deleted" />;
  return (
    <EmptyState icon="folder" title="There is no experiment yet">
      <p>An experiment is a group of runs. A client that logs a run makes its experiment too:</p>
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
