import type { RegisteredModel } from "@flightdeck/protocol";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { TimeText } from "../../../components/time-text.tsx";
import { TagChips } from "./tag-chips.tsx";

/** One line for each registered model. */
export function ModelsTable({ models }: { readonly models: readonly RegisteredModel[] }): ReactNode {
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
        <Link to="/models/$name" params={{ name }} className="row-link" data-row-link="">
          {name}
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
