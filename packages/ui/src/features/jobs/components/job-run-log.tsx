import { type ReactNode, useState } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Icon } from "../../../components/icon.tsx";
import { Panel } from "../../../components/panel.tsx";
import { Segmented } from "../../../components/segmented.tsx";
import { formatBytes } from "../../../lib/format-bytes.ts";
import { type LogStream, type RunLog, useRunLog } from "../hooks/use-run-log.ts";
import { useFollowEnd } from "../hooks/use-follow-end.ts";
import { LogText } from "./log-text.tsx";

/** What a run has written, as it comes. */
export function JobRunLog({ runId }: { readonly runId: string }): ReactNode {
  const logs = { stdout: useRunLog(runId, "stdout"), stderr: useRunLog(runId, "stderr") };
  const [chosen, choose] = useState<LogStream | undefined>();
  const shown = chosen ?? firstWithText(logs);
  const { log, error, retry } = logs[shown];
  const end = useFollowEnd<HTMLDivElement>(log);
  const options = (["stdout", "stderr"] as const).map((value) => ({
    value,
    label: `${value} ${formatBytes(logs[value].log?.size ?? 0)}`,
  }));
  const toggle = (
    <button
      type="button"
      className="button button-small"
      aria-pressed={end.isFollowing}
      onClick={() => end.follow(!end.isFollowing)}
    >
      <Icon name="down" size={14} /> Follow
    </button>
  );
  return (
    <Panel
      title="Log"
      actions={
        <>
          <Segmented label="Which output" options={options} value={shown} onChange={choose} />
          {toggle}
        </>
      }
    >
      {error !== undefined && (
        <ErrorNotice error={error} what={`Could not read ${shown} any further.`} onRetry={retry} />
      )}
      <LogText key={shown} stream={shown} log={log} end={end} />
    </Panel>
  );
}

/** Python logs to stderr: a run that has written nothing else shows that. */
function firstWithText({ stdout, stderr }: Readonly<Record<LogStream, RunLog>>): LogStream {
  return (stdout.log?.size ?? 0) === 0 && (stderr.log?.size ?? 0) > 0 ? "stderr" : "stdout";
}
