import type { LoggedModelStatus, ModelVersion, ModelVersionStatus, Tag } from "@flightdeck/protocol";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { StatusBadge, type StatusTone, TimeText } from "../../components/text.tsx";
import { userTags } from "../../lib/mlflow-text.ts";

type VersionsTableProps = {
  readonly versions: readonly ModelVersion[];
  /** Shows each row's model, for a table with versions of several models. */
  readonly showsName?: boolean;
};

/** One line per version. */
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

/** Aliases in MLflow's notation, with a leading @. */
export function AliasChips({ aliases }: { readonly aliases: readonly string[] }): ReactNode {
  return (
    <span className="chips">
      {aliases.map((alias) => (
        <span key={alias} className="chip chip-accent">
          @{alias}
        </span>
      ))}
    </span>
  );
}

/** A few tags in a table row. */
export function TagChips({ tags }: { readonly tags: readonly Tag[] }): ReactNode {
  return (
    <span className="chips">
      {userTags(tags).map(({ key, value }) => (
        <span key={key} className="chip" title={`${key}: ${value}`}>
          {value === "" ? key : `${key}: ${value}`}
        </span>
      ))}
    </span>
  );
}

const VERSION_LOOKS: Readonly<Record<ModelVersionStatus, readonly [tone: StatusTone, words: string]>> = {
  READY: ["good", "Ready"],
  PENDING_REGISTRATION: ["busy", "Pending"],
  FAILED_REGISTRATION: ["bad", "Failed"],
};

export function VersionStatusBadge({ status }: { readonly status: ModelVersionStatus }): ReactNode {
  const [tone, words] = VERSION_LOOKS[status];
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}

const LOGGED_MODEL_LOOKS: Readonly<Record<LoggedModelStatus, readonly [tone: StatusTone, words: string]>> = {
  LOGGED_MODEL_READY: ["good", "Ready"],
  LOGGED_MODEL_PENDING: ["busy", "Pending"],
  LOGGED_MODEL_UPLOAD_FAILED: ["bad", "Upload failed"],
  LOGGED_MODEL_STATUS_UNSPECIFIED: ["neutral", "Unknown"],
};

export function LoggedModelStatusBadge({ status }: { readonly status: LoggedModelStatus }): ReactNode {
  const [tone, words] = LOGGED_MODEL_LOOKS[status];
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}
