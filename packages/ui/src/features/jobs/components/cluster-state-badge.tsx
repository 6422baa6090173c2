import type { ReactNode } from "react";
import { StatusBadge } from "../../../components/status-badge.tsx";

/** A cluster runs or does not; other words than these two are a workspace's of Databricks. */
export function ClusterStateBadge({ state }: { readonly state: string }): ReactNode {
  const words = `${state.slice(0, 1)}${state.slice(1).toLowerCase()}`;
  return <StatusBadge tone={state === "RUNNING" ? "good" : "neutral"}>{words}</StatusBadge>;
}
