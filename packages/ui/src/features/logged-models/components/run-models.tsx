import type { Run } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { CopyButton } from "../../../components/copy-button.tsx";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { TimeText } from "../../../components/time-text.tsx";
import { runModelsQuery } from "../api/logged-model-queries.ts";
import { LoggedModelStatusBadge } from "./logged-model-status.tsx";

/** The models that a run logged; nothing for a run that logged none. */
export function RunModels({ run }: { readonly run: Run }): ReactNode {
  const query = useQuery(runModelsQuery(run));
  if (query.isError) return <ErrorNotice error={query.error} what="Could not load the logged models." />;
  const models = query.data ?? [];
  if (models.length === 0) return null;
  return (
    <Panel title="Logged models" count={models.length}>
      <div className="table-scroll">
        <table className="table">
          <caption className="visually-hidden">Logged models</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Status</th>
              <th scope="col">Type</th>
              <th scope="col">Created</th>
              <th scope="col">Full Path</th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <tr key={model.modelId}>
                <th scope="row">
                  <Link
                    to="/experiments/$experimentId/models/$modelId"
                    params={{ experimentId: model.experimentId, modelId: model.modelId }}
                    className="row-link"
                  >
                    {model.name === "" ? model.modelId : model.name}
                  </Link>
                </th>
                <td>
                  <LoggedModelStatusBadge status={model.status} />
                </td>
                <td>{model.modelType}</td>
                <td className="nowrap">
                  <TimeText timeMs={model.creationTimeMs} />
                </td>
                <td>
                  <span className="inline-path">
                    <code>{model.artifactUri}</code>
                    <CopyButton text={model.artifactUri} what="Full Path" />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
