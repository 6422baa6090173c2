import type { LoggedModel } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { CodeSnippet, CopyButton, FullPath } from "../../components/copy.tsx";
import { Facts, PageHeader, Panel } from "../../components/layout.tsx";
import { ErrorNotice, QueryView } from "../../components/query-view.tsx";
import { RunLink } from "../../components/run-link.tsx";
import { TimeText } from "../../components/text.tsx";
import { KeyValueTable, MetricsTable } from "../../components/value-tables.tsx";
import { userTags } from "../../lib/mlflow-text.ts";
import { shownName } from "../../lib/names.ts";
import { ArtifactBrowser } from "../artifacts/artifact-browser.tsx";
import { modelArtifactRoot } from "../artifacts/artifact-root.ts";
import { experimentQuery } from "../runs/experiment-queries.ts";
import { runQuery } from "../runs/run-queries.ts";
import { LoggedModelStatusBadge, VersionsTable } from "./model-parts.tsx";
import { loggedModelQuery, versionsOfLoggedModelQuery } from "./model-queries.ts";
import { ServePanel } from "./serve-panel.tsx";
import { loggedModelUri } from "./serve-snippets.ts";

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
        title={shownName(model.name, modelId)}
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
          <MetricsTable metrics={model.metrics} whenEmpty="No metrics logged for this model." />
        </Panel>
        <Panel title="Parameters" count={model.params.length}>
          <KeyValueTable caption="Parameters" rows={model.params} whenEmpty="No parameters logged." />
        </Panel>
      </div>
      <ModelFiles model={model} />
      {tags.length > 0 && (
        <Panel title="Tags" count={tags.length}>
          <KeyValueTable caption="Tags" rows={tags} whenEmpty="No tags." />
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
  return <RunLink experimentId={experimentId} runId={runId} name={run?.info.runName} />;
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

/** The versions registered from a logged model, or how to register one. */
function ModelRegistrations({ model }: { readonly model: LoggedModel }): ReactNode {
  const query = useQuery(versionsOfLoggedModelQuery(model));
  const versions = query.data ?? [];
  return (
    <Panel title="Registered versions" {...(query.data !== undefined && { count: versions.length })}>
      {query.isError && <ErrorNotice error={query.error} what="Could not load the registered versions." />}
      {versions.length > 0 && <VersionsTable versions={versions} showsName />}
      {query.data?.length === 0 && (
        <div className="panel-body">
          <CodeSnippet
            title="Register it"
            code={`mlflow.register_model("models:/${model.modelId}", "MODEL_NAME")`}
          />
        </div>
      )}
    </Panel>
  );
}
