import type { LoggedModel } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { CopyButton } from "../../../components/copy-button.tsx";
import { Facts } from "../../../components/facts.tsx";
import { FullPath } from "../../../components/full-path.tsx";
import { KeyValueTable } from "../../../components/key-value-table.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { Panel } from "../../../components/panel.tsx";
import { QueryView } from "../../../components/query-view.tsx";
import { TimeText } from "../../../components/time-text.tsx";
import { userTags } from "../../../lib/tag-value.ts";
import { modelArtifactRoot } from "../../artifacts/artifact-root.ts";
import { ArtifactBrowser } from "../../artifacts/components/artifact-browser.tsx";
import { experimentQuery } from "../../experiments/api/experiment-queries.ts";
import { ModelRegistrations } from "../../registered-models/components/model-registrations.tsx";
import { loggedModelUri } from "../../registered-models/logged-model-of.ts";
import { runQuery } from "../../runs/api/run-queries.ts";
import { MetricsTable } from "../../runs/components/metrics-table.tsx";
import { loggedModelQuery } from "../api/logged-model-queries.ts";
import { LoggedModelStatusBadge } from "./logged-model-status.tsx";
import { ServePanel } from "./serve-panel.tsx";

const route = getRouteApi("/experiments/$experimentId/models/$modelId");

/** A model that a run logged. */
export function LoggedModelPage(): ReactNode {
  const { modelId } = route.useParams();
  const query = useQuery(loggedModelQuery(modelId));
  return (
    <div className="page">
      <QueryView query={query} what="the logged model" pageTitle="Logged model">
        {(model) => <LoggedModelView key={model.modelId} model={model} />}
      </QueryView>
    </div>
  );
}

function LoggedModelView({ model }: { readonly model: LoggedModel }): ReactNode {
  const { modelId, experimentId, artifactUri } = model;
  const tags = userTags(model.tags);
  const experiment = useQuery(experimentQuery(experimentId)).data;
  return (
    <>
      <PageHeader
        title={model.name === "" ? modelId : model.name}
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
          <Link key="experiment" to="/experiments/$experimentId" params={{ experimentId }}>
            {experiment?.name ?? `Experiment ${experimentId}`}
          </Link>,
          "Logged model",
        ]}
        beside={<LoggedModelStatusBadge status={model.status} />}
      />
      <LoggedModelFacts model={model} />
      <FullPath uri={artifactUri} />
      <div className="columns">
        <ServePanel modelUri={loggedModelUri(modelId)} modelId={modelId} />
        <ModelRegistrations model={model} />
      </div>
      <div className="columns">
        <Panel title="Metrics" count={model.metrics.length}>
          <MetricsTable metrics={model.metrics} whenEmpty="No metric names this model." />
        </Panel>
        <Panel title="Parameters" count={model.params.length}>
          <KeyValueTable caption="Parameters" rows={model.params} whenEmpty="No parameter was logged." />
        </Panel>
      </div>
      <ModelFiles model={model} />
      {tags.length > 0 && (
        <Panel title="Tags" count={tags.length}>
          <KeyValueTable caption="Tags" rows={tags} whenEmpty="No tag was set." />
        </Panel>
      )}
    </>
  );
}

function LoggedModelFacts({ model }: { readonly model: LoggedModel }): ReactNode {
  const facts = [
    { name: "Created", value: <TimeText timeMs={model.creationTimeMs} /> },
    { name: "Type", value: model.modelType === "" ? "–" : model.modelType },
    { name: "Source run", value: <SourceRun model={model} /> },
    {
      name: "Model ID",
      value: (
        <>
          <code>{model.modelId}</code>
          <CopyButton text={model.modelId} what="model ID" />
        </>
      ),
    },
  ];
  return (
    <>
      <Facts facts={facts} />
      {model.statusMessage !== "" && <p className="note">{model.statusMessage}</p>}
    </>
  );
}

function SourceRun({ model }: { readonly model: LoggedModel }): ReactNode {
  const { sourceRunId: runId, experimentId } = model;
  const run = useQuery({ ...runQuery(runId), enabled: runId !== "" }).data;
  if (runId === "") return "–";
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
      {run?.info.runName ?? runId}
    </Link>
  );
}

function ModelFiles({ model }: { readonly model: LoggedModel }): ReactNode {
  const root = useMemo(() => modelArtifactRoot(model), [model]);
  const [selected, setSelected] = useState<string | undefined>();
  return (
    <section aria-label="Artifacts">
      <ArtifactBrowser root={root} selected={selected} onSelect={setSelected} />
    </section>
  );
}
