import type { ModelVersion } from "@flightdeck/protocol";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { TimeText } from "../../../components/time-text.tsx";
import { AliasChips } from "./alias-chips.tsx";
import { TagChips } from "./tag-chips.tsx";
import { VersionStatusBadge } from "./version-status-badge.tsx";

type VersionsTableProps = {
  readonly versions: readonly ModelVersion[];
  /** Names the model in each row, for a table of versions of several models. */
  readonly showsName?: boolean;
};

/** One line for each version. */
export function VersionsTable({ versions, showsName = false }: VersionsTableProps): ReactNode {
  return (
    <div className="table-scroll">
      <table className="table">
        <caption className="visually-hidden">Versions</caption>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Aliases</th>
            <th scope="col">Status</th>
            <th scope="col">Created</th>
            {!showsName && (
              <>
                <th scope="col">Tags</th>
                <th scope="col">Description</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr key={`${version.name} ${version.version}`}>
              <th scope="row">
                <Link
                  to="/models/$name/versions/$version"
                  params={{ name: version.name, version: version.version }}
                  className="row-link"
                  data-row-link=""
                >
                  {showsName ? `${version.name} ` : ""}Version {version.version}
                </Link>
              </th>
              <td>
                <AliasChips aliases={version.aliases} />
              </td>
              <td>
                <VersionStatusBadge status={version.status} />
              </td>
              <td className="nowrap">
                <TimeText timeMs={version.creationTimeMs} />
              </td>
              {!showsName && (
                <>
                  <td>
                    <TagChips tags={version.tags} />
                  </td>
                  <td className="cell-note">{version.description}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
