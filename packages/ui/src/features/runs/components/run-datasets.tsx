import type { Run } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { Panel } from "../../../components/panel.tsx";

const CONTEXT_TAG = "mlflow.data.context";

/** The datasets that a run used; nothing for a run that named none. */
export function RunDatasets({ run }: { readonly run: Run }): ReactNode {
  const { datasetInputs } = run.inputs;
  if (datasetInputs.length === 0) return null;
  return (
    <Panel title="Datasets" count={datasetInputs.length}>
      <div className="table-scroll">
        <table className="table">
          <caption className="visually-hidden">Datasets</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Digest</th>
              <th scope="col">Used for</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {datasetInputs.map(({ dataset, tags }) => (
              <tr key={`${dataset.name} ${dataset.digest}`}>
                <th scope="row">{dataset.name}</th>
                <td>
                  <code>{dataset.digest}</code>
                </td>
                <td>{tags.find(({ key }) => key === CONTEXT_TAG)?.value}</td>
                <td className="value-text">{dataset.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
