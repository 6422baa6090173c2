import type { JobRunWire } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Panel } from "../../../components/panel.tsx";
import { clusterQuery } from "../api/job-queries.ts";
import { clusterAskedFor, clusterGot } from "../cluster-text.ts";
import { findJobTask } from "../job-task-view.ts";
import { ClusterStateBadge } from "./cluster-state-badge.tsx";

/** What a run's cluster asked for, and what it got on this machine. */
export function JobRunCluster({ run }: { readonly run: JobRunWire }): ReactNode {
  const { new_cluster: spec, existing_cluster_id: existingId } = findJobTask(run) ?? {};
  const clusterId = run.cluster_instance?.cluster_id ?? existingId ?? "";
  const cluster = useQuery({ ...clusterQuery(clusterId), enabled: clusterId !== "" }).data;
  const asked = spec ?? cluster;
  const rows: readonly (readonly [name: string, value: ReactNode])[] = [
    ["Asked for", asked && clusterAskedFor(asked)],
    ["Got", cluster && clusterGot(cluster)],
    ["State", cluster && <ClusterStateBadge state={cluster.state} />],
    ["Message", newsOf(cluster?.state_message, run.state.state_message)],
    ["Cluster ID", clusterId && <code>{clusterId}</code>],
    ["Environment variables", Object.keys(asked?.spark_env_vars ?? {}).join(", ")],
  ];
  const known = rows.filter(([, value]) => value !== undefined && value !== "");
  return (
    <Panel title="Cluster">
      <table className="table key-value cluster-facts">
        <caption className="visually-hidden">Cluster</caption>
        <tbody>
          {known.map(([name, value]) => (
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

/** The run's own message repeats its cluster's, once there is one. */
function newsOf(message: string | undefined, said: string): string | undefined {
  return message === undefined || said.includes(message) ? undefined : message;
}
