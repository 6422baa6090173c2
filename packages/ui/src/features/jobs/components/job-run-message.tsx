import type { ReactNode } from "react";
import { Icon } from "../../../components/icon.tsx";
import { jobRunStateLook, type JobRunStateWire } from "../job-run-state.ts";

/** What happens or happened, in the server's words. */
export function JobRunMessage({ state }: { readonly state: JobRunStateWire }): ReactNode {
  if (state.state_message === "") return null;
  const isBad = jobRunStateLook(state)[0] === "bad";
  return (
    <div className={isBad ? "notice notice-bad" : "notice"}>
      {isBad && <Icon name="alert" />}
      <p className="notice-text job-message">{state.state_message}</p>
    </div>
  );
}
