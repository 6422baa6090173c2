import type { ModelVersion, RegisteredModel } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Facts } from "../../../components/facts.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { Panel } from "../../../components/panel.tsx";
import { QueryView } from "../../../components/query-view.tsx";
import { TimeText } from "../../../components/time-text.tsx";
import { formatCount } from "../../../lib/format-number.ts";
import { userTags } from "../../../lib/tag-value.ts";
import { modelVersionsQuery, registeredModelQuery, VERSIONS_SHOWN_MAX } from "../api/registry-queries.ts";
import { TagChips } from "./tag-chips.tsx";
import { VersionsTable } from "./versions-table.tsx";

const route = getRouteApi("/models/$name");

/** A registered model and its versions. */
export function ModelPage(): ReactNode {
  const { name } = route.useParams();
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

/** MLflow's own server leaves the aliases out of a search's versions. */
function withAliases(version: ModelVersion, { aliases }: RegisteredModel): ModelVersion {
  const own = aliases.filter((alias) => alias.version === version.version).map(({ alias }) => alias);
  return { ...version, aliases: own };
}
