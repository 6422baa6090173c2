import { useCallback, useEffect, useState } from "react";
import { findErrorCode } from "../../../lib/error-text.ts";
import { readRunLog } from "../api/job-queries.ts";
import { type FollowedLog, followLog } from "../log/follow-log.ts";

export type LogStream = "stdout" | "stderr";

export type RunLog = {
  /** Undefined until the first answer. */
  readonly log: FollowedLog | undefined;
  /** Why nothing more comes. */
  readonly error: unknown;
  readonly retry: () => void;
};

/** A server that is started again is back within seconds. */
const RECONNECT_MS = 3000;

/** Follows one of a run's two outputs while the component is there. */
export function useRunLog(runId: string, stream: LogStream): RunLog {
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
