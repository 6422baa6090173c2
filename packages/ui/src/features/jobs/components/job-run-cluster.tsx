import type { JobRunWire } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Panel } from "../../../components/panel.tsx";
import { clusterQuery } from "../api/job-queries.ts";
import { clusterAskedFor, clusterGot } from "../cluster-text.ts";
import { findJobTask } from "../job-task-view.ts";

/** What a run's cluster asked for, and what it got on this machine. */
export function JobRunCluster({ run }: { readonly run: JobRunWire }): ReactNode {
  const { new_cluster: spec, existing_cluster_id: existingId } = findJobTask(run) ?? {};
  const clusterId = run.cluster_instance?.cluster_id ?? existingId ?? "";
  const cluster = useQuery({ ...clusterQuery(clusterId), enabled: clusterId !== "" }).data;
  const asked = spec ?? cluster;
  const rows: readonly (readonly [name: string, value: ReactNode])[] = [
    ["Asked for", asked === undefined ? "–" : clusterAskedFor(asked)],
    ["Got", cluster === undefined ? "–" : (clusterGot(cluster) ?? "It has ended")],
    ["Message", cluster?.state_message || "–"],
    ["Cluster ID", clusterId === "" ? "–" : <code>{clusterId}</code>],
    ["Environment variables", Object.keys(asked?.spark_env_vars ?? {}).join(", ") || "–"],
  ];
  return (
    <Panel title="Cluster">
      <table className="table key-value cluster-facts">
        <caption className="visually-hidden">Cluster</caption>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="value-text">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
