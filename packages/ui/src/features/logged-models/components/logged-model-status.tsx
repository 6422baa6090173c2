import type { LoggedModelStatus } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { StatusBadge, type StatusTone } from "../../../components/status-badge.tsx";

const LOOKS: Readonly<Record<LoggedModelStatus, readonly [tone: StatusTone, words: string]>> = {
  LOGGED_MODEL_READY: ["good", "Ready"],
  LOGGED_MODEL_PENDING: ["busy", "Pending"],
  LOGGED_MODEL_UPLOAD_FAILED: ["bad", "Upload failed"],
  LOGGED_MODEL_STATUS_UNSPECIFIED: ["neutral", "Unknown"],
};

export function LoggedModelStatusBadge({ status }: { readonly status: LoggedModelStatus }): ReactNode {
  const [tone, words] = LOOKS[status];
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}
