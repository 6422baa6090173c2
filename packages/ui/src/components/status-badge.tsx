import type { ReactNode } from "react";

export type StatusTone = "good" | "busy" | "bad" | "neutral";

/** A state in words with a dot whose colour repeats it. */
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
