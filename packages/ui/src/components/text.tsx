import { type ReactNode, useState } from "react";
import { formatCount, formatExact, formatRelative } from "../lib/format.ts";
import { useNow } from "../lib/hooks.ts";
import { cutInMiddle, shownLines, shownText } from "../lib/names.ts";

/**
 * A text on a single line. If space is tight, it omits the middle, since similar names often differ at the end. It
 * consists of two boxes, which screen readers read as two words, so give a surrounding link or button its own label.
 */
export function MiddleText({ text }: { readonly text: string }): ReactNode {
  const shown = shownText(text);
  const [start, end] = cutInMiddle(shown);
  if (start === "") return <bdi className="middle-text">{end}</bdi>;
  return (
    <bdi className="middle-text" title={shown}>
      <span className="middle-text-start">{start}</span>
      <span className="middle-text-end">{end}</span>
    </bdi>
  );
}

/** About five lines of a table column. */
const SHOWN_CHARS_MAX = 300;
const SHOWN_LINES_MAX = 6;

/** A value of any length. Shows the beginning, and all of it on demand. */
export function LongText({ text }: { readonly text: string }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const short = beginningOf(text);
  if (short === text) return <bdi>{shownLines(text)}</bdi>;
  return (
    <>
      <bdi className={isOpen ? "long-text" : undefined}>{shownLines(isOpen ? text : `${short}…`)}</bdi>{" "}
      <button type="button" className="button-link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? "Show less" : `Show all ${formatCount(text.length)} characters`}
      </button>
    </>
  );
}

function beginningOf(text: string): string {
  return text.slice(0, SHOWN_CHARS_MAX).split("\n").slice(0, SHOWN_LINES_MAX).join("\n");
}

/** A time: relative, with the exact time on hover and for machines. Zero means "never" in the API. */
export function TimeText({ timeMs }: { readonly timeMs: number }): ReactNode {
  const nowMs = useNow();
  if (timeMs === 0) return <span className="muted">–</span>;
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={formatExact(timeMs)}>
      {formatRelative(timeMs, nowMs)}
    </time>
  );
}

export type StatusTone = "good" | "busy" | "bad" | "neutral";

/** A state as text with a dot in a matching color. */
export function StatusBadge({
  tone,
  children,
}: {
  readonly tone: StatusTone;
  readonly children: string;
}): ReactNode {
  return (
    <span className="status" data-tone={tone}>
      <span className="status-dot" aria-hidden="true" />
      {children}
    </span>
  );
}
