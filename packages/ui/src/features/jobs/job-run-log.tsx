import {
  memo,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Segmented } from "../../components/controls.tsx";
import { Icon } from "../../components/icon.tsx";
import { Panel } from "../../components/layout.tsx";
import { ErrorNotice } from "../../components/query-view.tsx";
import { formatBytes, formatCount } from "../../lib/format.ts";
import { findErrorCode } from "../../lib/mlflow-text.ts";
import { type FollowedLog, followLog, KEPT_LINES_MAX } from "./job-log.ts";
import { readRunLog } from "./job-queries.ts";

/** A run's live output. */
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

/** Python logs to stderr, so show that if there is nothing on stdout. */
function firstWithText({ stdout, stderr }: Readonly<Record<LogStream, RunLog>>): LogStream {
  return (stdout.log?.size ?? 0) === 0 && (stderr.log?.size ?? 0) > 0 ? "stderr" : "stdout";
}

type LogTextProps = {
  readonly stream: LogStream;
  readonly log: FollowedLog | undefined;
  readonly end: FollowEnd<HTMLDivElement>;
};

/** A log in its own scroll container. Screen readers do not announce every line. */
function LogText({ stream, log, end }: LogTextProps): ReactNode {
  return (
    <>
      {log?.isCut === true && (
        <p className="muted log-note">
          The beginning is left out: at most the last {formatCount(KEPT_LINES_MAX)} lines are shown.
        </p>
      )}
      <div
        ref={end.scroller}
        className="log"
        role="log"
        aria-live="off"
        aria-label={stream}
        tabIndex={0}
        onScroll={end.onScroll}
      >
        {log === undefined || log.size === 0 ? (
          <p className="muted log-empty">{emptyText(stream, log)}</p>
        ) : (
          <pre>
            {log.blocks.map(({ number, text }) => (
              <Block key={number} text={text} />
            ))}
            {log.pending}
          </pre>
        )}
      </div>
    </>
  );
}

/** Rerendered only when its own text changes. */
const Block = memo(function Block({ text }: { readonly text: string }): ReactNode {
  return <span>{text}</span>;
});

function emptyText(stream: LogStream, log: FollowedLog | undefined): string {
  if (log === undefined) return "Loading…";
  if (!log.isComplete) return `Nothing has been written to ${stream} yet.`;
  return `Nothing was written to ${stream}, or its log is no longer kept.`;
}

type LogStream = "stdout" | "stderr";

type RunLog = {
  /** Undefined until the first answer. */
  readonly log: FollowedLog | undefined;
  /** Why there is no more output. */
  readonly error: unknown;
  readonly retry: () => void;
};

/** A restarted server is back within seconds. */
const RECONNECT_MS = 3000;

/** Follows one of a run's two output streams while the component is mounted. */
function useRunLog(runId: string, stream: LogStream): RunLog {
  const [log, setLog] = useState<FollowedLog | undefined>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  useEffect(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    let again: ReturnType<typeof setTimeout> | undefined;
    const onText = (text: FollowedLog): void => {
      setLog(text);
      setError(undefined);
    };
    followLog({ read: readRunLog(runId, stream, signal), onText, signal }).catch((cause: unknown) => {
      if (signal.aborted) return;
      setError(cause);
      if (findErrorCode(cause) === "TEMPORARILY_UNAVAILABLE") again = setTimeout(retry, RECONNECT_MS);
    });
    return () => {
      stopping.abort();
      clearTimeout(again);
    };
  }, [runId, stream, attempt, retry]);
  return { log, error, retry };
}

/** A user who scrolled this close to the end wants to see the end. */
const NEAR_END_PX = 24;

type FollowEnd<TElement extends HTMLElement> = {
  readonly scroller: RefObject<TElement | null>;
  readonly isFollowing: boolean;
  readonly follow: (on: boolean) => void;
  readonly onScroll: () => void;
};

/** Keeps the end of a growing text in view until the user scrolls away from it. */
function useFollowEnd<TElement extends HTMLElement>(content: unknown): FollowEnd<TElement> {
  const scroller = useRef<TElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  useLayoutEffect(() => {
    const { current } = scroller;
    if (isFollowing && current !== null) current.scrollTop = current.scrollHeight;
  }, [isFollowing, content]);
  const onScroll = useCallback(() => {
    const { current } = scroller;
    if (current === null) return;
    const belowPx = current.scrollHeight - current.scrollTop - current.clientHeight;
    setFollowing(belowPx < NEAR_END_PX);
  }, []);
  return { scroller, isFollowing, follow: setFollowing, onScroll };
}
