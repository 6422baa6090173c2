import type { ModelVersionStatus } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { StatusBadge, type StatusTone } from "../../../components/status-badge.tsx";

const LOOKS: Readonly<Record<ModelVersionStatus, readonly [tone: StatusTone, words: string]>> = {
  READY: ["good", "Ready"],
  PENDING_REGISTRATION: ["busy", "Pending"],
  FAILED_REGISTRATION: ["bad", "Failed"],
};

export function VersionStatusBadge({ status }: { readonly status: ModelVersionStatus }): ReactNode {
  const [tone, words] = LOOKS[status];
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}
