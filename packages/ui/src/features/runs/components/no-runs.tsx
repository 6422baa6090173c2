import type { ReactNode } from "react";
import { serverUrl } from "../../../app/mlflow-client.ts";
import { CodeSnippet } from "../../../components/code-snippet.tsx";
import { EmptyState } from "../../../components/empty-state.tsx";
import type { RunsAddress } from "../hooks/use-runs-address.ts";

type NoRunsProps = {
  readonly address: RunsAddress;
  readonly experimentName: string;
};

/** Why there is no run to show, and what to do about it. */
export function NoRuns({ address, experimentName }: NoRunsProps): ReactNode {
  const { search, change } = address;
  if (search.filter !== undefined) {
    return (
      <EmptyState icon="search" title="No run matches the filter">
        <button type="button" className="button" onClick={() => change({ filter: undefined })}>
          Clear the filter
        </button>
      </EmptyState>
    );
  }
  if (search.view === "DELETED_ONLY")
    return <EmptyState icon="trash" title="No run of this experiment is deleted" />;
  return (
    <EmptyState icon="tree" title="No run yet">
      <p>Log the first one from TypeScript or Python:</p>
      <CodeSnippet title="TypeScript" code={typescriptSnippet(experimentName)} />
      <CodeSnippet title="Python" code={pythonSnippet(experimentName)} />
    </EmptyState>
  );
}

function typescriptSnippet(experimentName: string): string {
  return `// MLFLOW_TRACKING_URI=${serverUrl}
import * as mlflow from "@flightdeck/client";

await mlflow.setExperiment(${JSON.stringify(experimentName)});
await mlflow.startRun({ runName: "first" }, async (run) => {
  run.logParams({ maxDepth: 8 });
  run.logMetric("accuracy", 0.9);
});`;
}

function pythonSnippet(experimentName: string): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(serverUrl)})
mlflow.set_experiment(${JSON.stringify(experimentName)})
with mlflow.start_run(run_name="first"):
    mlflow.log_param("max_depth", 8)
    mlflow.log_metric("accuracy", 0.9)`;
}
