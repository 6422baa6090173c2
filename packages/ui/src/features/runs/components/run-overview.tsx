import type { Run } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { FullPath } from "../../../components/full-path.tsx";
import { KeyValueTable } from "../../../components/key-value-table.tsx";
import { Panel } from "../../../components/panel.tsx";
import { userTags } from "../../../lib/tag-value.ts";
import { RunModels } from "../../logged-models/components/run-models.tsx";
import { ChildRuns } from "./child-runs.tsx";
import { MetricsTable } from "./metrics-table.tsx";
import { RunDatasets } from "./run-datasets.tsx";

/** What a run logged, at a glance. */
export function RunOverview({ run }: { readonly run: Run }): ReactNode {
  const { experimentId, runId, artifactUri } = run.info;
  const tags = userTags(run.data.tags);
  return (
    <div className="stack">
      <ChildRuns experimentId={experimentId} runId={runId} />
      <div className="columns">
        <Panel title="Metrics" count={run.data.metrics.length}>
          <MetricsTable metrics={run.data.metrics} whenEmpty="No metric was logged." />
        </Panel>
        <Panel title="Parameters" count={run.data.params.length}>
          <KeyValueTable caption="Parameters" rows={run.data.params} whenEmpty="No parameter was logged." />
        </Panel>
      </div>
      <RunModels run={run} />
      <div className="columns">
        <Panel title="Tags" count={tags.length}>
          <KeyValueTable caption="Tags" rows={tags} whenEmpty="No tag was set." />
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
