import type { ReactNode } from "react";
import { useNow } from "../lib/use-now.ts";
import { formatExact, formatRelative } from "../lib/format-time.ts";

/** A moment: relative to read, exact on hover and for machines. Zero is how the wire says "never". */
export function TimeText({ timeMs }: { readonly timeMs: number }): ReactNode {
  const nowMs = useNow();
  if (timeMs === 0) return <span className="muted">–</span>;
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={formatExact(timeMs)}>
      {formatRelative(timeMs, nowMs)}
    </time>
  );
}
