import type { ClusterWire } from "@flightdeck/protocol";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { EmptyState } from "../../../components/empty-state.tsx";
import { LoadMore } from "../../../components/load-more.tsx";
import { SkeletonRows } from "../../../components/skeleton.tsx";
import { TimeText } from "../../../components/time-text.tsx";
import { clustersQuery } from "../api/job-queries.ts";
import { ClusterStateBadge } from "./cluster-state-badge.tsx";
import { JobsRefusal } from "./jobs-refusal.tsx";

/** Definitions of where jobs run. All of them are this machine. */
export function ClustersView(): ReactNode {
  const query = useInfiniteQuery(clustersQuery());
  if (query.isError && query.data === undefined)
    return <JobsRefusal error={query.error} what="the clusters" onRetry={query.refetch} />;
  if (query.data === undefined) return <SkeletonRows label="Loading the clusters" count={6} />;
  const clusters = query.data.pages.flatMap((page) => page.clusters);
  if (clusters.length === 0) return <EmptyState icon="screen" title="There is no cluster" />;
  return (
    <div className="jobs-list">
      <div className="table-frame">
        <table className="table">
          <caption className="visually-hidden">Clusters</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">State</th>
              <th scope="col">User</th>
              <th scope="col">Started</th>
              <th scope="col">Message</th>
            </tr>
          </thead>
          <tbody>
            {clusters.map((cluster) => (
              <ClusterRow key={cluster.cluster_id} cluster={cluster} />
            ))}
          </tbody>
        </table>
      </div>
      <LoadMore query={query} noun="clusters" />
    </div>
  );
}

function ClusterRow({ cluster }: { readonly cluster: ClusterWire }): ReactNode {
  const { cluster_name: name, cluster_id: id, state, state_message: message } = cluster;
  const { creator_user_name: user, start_time: startMs = 0 } = cluster;
  return (
    <tr>
      <th scope="row" className="nowrap">
        {name === "" ? id : name}
        {name !== "" && <div className="muted cell-small">{id}</div>}
      </th>
      <td>
        <ClusterStateBadge state={state} />
      </td>
      <td>{user === "" ? <span className="muted">–</span> : user}</td>
      <td className="nowrap">
        <TimeText timeMs={startMs} />
      </td>
      <td className="cell-message">{message}</td>
    </tr>
  );
}
