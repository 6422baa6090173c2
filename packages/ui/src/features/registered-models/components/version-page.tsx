import type { ModelVersion } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyButton } from "../../../components/copy-button.tsx";
import { type Fact, Facts } from "../../../components/facts.tsx";
import { FullPath } from "../../../components/full-path.tsx";
import { KeyValueTable } from "../../../components/key-value-table.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { Panel } from "../../../components/panel.tsx";
import { QueryView } from "../../../components/query-view.tsx";
import { TimeText } from "../../../components/time-text.tsx";
import { userTags } from "../../../lib/tag-value.ts";
import { loggedModelQuery } from "../../logged-models/api/logged-model-queries.ts";
import { ServePanel } from "../../logged-models/components/serve-panel.tsx";
import { runQuery } from "../../runs/api/run-queries.ts";
import { modelVersionQuery, versionFilesQuery } from "../api/registry-queries.ts";
import { loggedModelIdOf } from "../logged-model-of.ts";
import { AliasChips } from "./alias-chips.tsx";
import { VersionStatusBadge } from "./version-status-badge.tsx";

const route = getRouteApi("/models/$name/versions/$version");

/** One version of a registered model. */
export function VersionPage(): ReactNode {
  const { name, version } = route.useParams();
  const query = useQuery(modelVersionQuery(name, version));
  return (
    <div className="page">
      <QueryView query={query} what="the version" pageTitle="Model version">
        {(found) => <VersionView version={found} />}
      </QueryView>
    </div>
  );
}

function VersionView({ version }: { readonly version: ModelVersion }): ReactNode {
  const { name, description } = version;
  const files = useQuery(versionFilesQuery(name, version.version)).data;
  const tags = userTags(version.tags);
  return (
    <>
      <PageHeader
        title={`${name}, version ${version.version}`}
        crumbs={[
          <Link key="models" to="/models">
            Models
          </Link>,
          <Link key="model" to="/models/$name" params={{ name }}>
            {name}
          </Link>,
          `Version ${version.version}`,
        ]}
        beside={
          <>
            <VersionStatusBadge status={version.status} />
            <AliasChips aliases={version.aliases} />
          </>
        }
      />
      <VersionFacts version={version} />
      {files !== undefined && <FullPath uri={files} />}
      {description !== "" && <p className="note">{description}</p>}
      <div className="columns">
        <ServePanel modelUri={`models:/${name}/${version.version}`} modelId={loggedModelIdOf(version)} />
        <Panel title="Tags" count={tags.length}>
          <KeyValueTable caption="Tags" rows={tags} whenEmpty="No tag was set." />
        </Panel>
      </div>
    </>
  );
}

function VersionFacts({ version }: { readonly version: ModelVersion }): ReactNode {
  const { runId, source, userId, currentStage } = version;
  const modelId = loggedModelIdOf(version);
  const facts: readonly (Fact | undefined)[] = [
    { name: "Created", value: <TimeText timeMs={version.creationTimeMs} /> },
    userId === "" ? undefined : { name: "User", value: userId },
    runId === "" ? undefined : { name: "Source run", value: <SourceRunLink runId={runId} /> },
    modelId === undefined
      ? undefined
      : { name: "Logged model", value: <LoggedModelLink modelId={modelId} /> },
    currentStage === "None" ? undefined : { name: "Stage", value: currentStage },
    {
      name: "Source",
      value: (
        <>
          <code>{source}</code>
          <CopyButton text={source} what="source" />
        </>
      ),
    },
  ];
  return <Facts facts={facts.filter((fact) => fact !== undefined)} />;
}

/** A run's address holds its experiment, which only the run itself knows. */
function SourceRunLink({ runId }: { readonly runId: string }): ReactNode {
  const run = useQuery(runQuery(runId)).data;
  if (run === undefined) return <code>{runId}</code>;
  const { experimentId, runName } = run.info;
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
      {runName === "" ? runId : runName}
    </Link>
  );
}

function LoggedModelLink({ modelId }: { readonly modelId: string }): ReactNode {
  const model = useQuery(loggedModelQuery(modelId)).data;
  if (model === undefined) return <code>{modelId}</code>;
  return (
    <Link
      to="/experiments/$experimentId/models/$modelId"
      params={{ experimentId: model.experimentId, modelId }}
    >
      {model.name === "" ? modelId : model.name}
    </Link>
  );
}
