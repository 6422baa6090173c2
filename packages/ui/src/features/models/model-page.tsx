import type { ModelVersion, RegisteredModel } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyButton, FullPath } from "../../components/copy.tsx";
import { type Fact, Facts, PageHeader, Panel } from "../../components/layout.tsx";
import { QueryView } from "../../components/query-view.tsx";
import { RunLink } from "../../components/run-link.tsx";
import { TimeText } from "../../components/text.tsx";
import { KeyValueTable } from "../../components/value-tables.tsx";
import { formatCount } from "../../lib/format.ts";
import { userTags } from "../../lib/mlflow-text.ts";
import { shownName } from "../../lib/names.ts";
import { runQuery } from "../runs/run-queries.ts";
import { AliasChips, TagChips, VersionsTable, VersionStatusBadge } from "./model-parts.tsx";
import {
  loggedModelQuery,
  modelVersionQuery,
  modelVersionsQuery,
  registeredModelQuery,
  versionFilesQuery,
  VERSIONS_SHOWN_MAX,
} from "./model-queries.ts";
import { ServePanel } from "./serve-panel.tsx";
import { loggedModelIdOf } from "./serve-snippets.ts";

const modelRoute = getRouteApi("/models/$name");

/** A registered model and its versions. */
export function ModelPage(): ReactNode {
  const { name } = modelRoute.useParams();
  const query = useQuery(registeredModelQuery(name));
  return (
    <div className="page">
      <QueryView query={query} what="the registered model" pageTitle="Registered model">
        {(model) => <ModelView model={model} />}
      </QueryView>
    </div>
  );
}

function ModelView({ model }: { readonly model: RegisteredModel }): ReactNode {
  const { name, aliases, tags, description } = model;
  return (
    <>
      <PageHeader
        title={name}
        crumbs={[
          <Link key="models" to="/models">
            Models
          </Link>,
          "Registered model",
        ]}
      />
      <Facts
        facts={[
          { name: "Created", value: <TimeText timeMs={model.creationTimeMs} /> },
          { name: "Changed", value: <TimeText timeMs={model.lastUpdateTimeMs} /> },
          {
            name: "Aliases",
            value:
              aliases.length === 0
                ? "–"
                : aliases.map((alias) => <AliasLink key={alias.alias} name={name} {...alias} />),
          },
          { name: "Tags", value: userTags(tags).length === 0 ? "–" : <TagChips tags={tags} /> },
        ]}
      />
      {description !== "" && <p className="note">{description}</p>}
      <ModelVersions model={model} />
    </>
  );
}

type AliasLinkProps = { readonly name: string; readonly alias: string; readonly version: string };

function AliasLink({ name, alias, version }: AliasLinkProps): ReactNode {
  return (
    <Link to="/models/$name/versions/$version" params={{ name, version }} className="chip chip-accent">
      @{alias}: {version}
    </Link>
  );
}

function ModelVersions({ model }: { readonly model: RegisteredModel }): ReactNode {
  const query = useQuery(modelVersionsQuery(model.name));
  return (
    <Panel title="Versions" {...(query.data !== undefined && { count: query.data.length })}>
      <QueryView query={query} what="the versions" skeletonCount={4}>
        {(versions) =>
          versions.length === 0 ? (
            <p className="muted panel-empty">No version yet. Register a logged model under this name.</p>
          ) : (
            <VersionsTable versions={versions.map((version) => withAliases(version, model))} />
          )
        }
      </QueryView>
      {query.data?.length === VERSIONS_SHOWN_MAX && (
        <p className="muted panel-empty">These are the first {formatCount(VERSIONS_SHOWN_MAX)}.</p>
      )}
    </Panel>
  );
}

/** Adds the aliases, which MLflow's own server omits when it searches versions. */
function withAliases(version: ModelVersion, { aliases }: RegisteredModel): ModelVersion {
  const own = aliases.filter((alias) => alias.version === version.version).map(({ alias }) => alias);
  return { ...version, aliases: own };
}

const versionRoute = getRouteApi("/models/$name/versions/$version");

/** One version of a registered model. */
export function VersionPage(): ReactNode {
  const { name, version } = versionRoute.useParams();
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
          <KeyValueTable caption="Tags" rows={tags} whenEmpty="No tags." />
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

/** A run's address contains its experiment, which only the run itself knows. */
function SourceRunLink({ runId }: { readonly runId: string }): ReactNode {
  const run = useQuery(runQuery(runId)).data;
  if (run === undefined) return <code>{runId}</code>;
  const { experimentId, runName } = run.info;
  return <RunLink experimentId={experimentId} runId={runId} name={runName} />;
}

function LoggedModelLink({ modelId }: { readonly modelId: string }): ReactNode {
  const model = useQuery(loggedModelQuery(modelId)).data;
  if (model === undefined) return <code>{modelId}</code>;
  return (
    <Link
      to="/experiments/$experimentId/models/$modelId"
      params={{ experimentId: model.experimentId, modelId }}
    >
      <bdi>{shownName(model.name, modelId)}</bdi>
    </Link>
  );
}
