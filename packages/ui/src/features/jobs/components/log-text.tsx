import { memo, type ReactNode } from "react";
import { formatCount } from "../../../lib/format-number.ts";
import type { FollowEnd } from "../hooks/use-follow-end.ts";
import type { LogStream } from "../hooks/use-run-log.ts";
import type { FollowedLog } from "../log/follow-log.ts";
import { KEPT_LINES_MAX } from "../log/log-buffer.ts";

type LogTextProps = {
  readonly stream: LogStream;
  readonly log: FollowedLog | undefined;
  readonly end: FollowEnd<HTMLDivElement>;
};

/** The text of a log in a frame that scrolls by itself. A reader of the screen is not told of each line. */
export function LogText({ stream, log, end }: LogTextProps): ReactNode {
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

/** Drawn anew only when its own text changes. */
const Block = memo(function Block({ text }: { readonly text: string }): ReactNode {
  return <span>{text}</span>;
});

function emptyText(stream: LogStream, log: FollowedLog | undefined): string {
  if (log === undefined) return "Loading…";
  if (!log.isComplete) return `Nothing has been written to ${stream} yet.`;
  return `Nothing was written to ${stream}, or its log is no longer kept.`;
}
