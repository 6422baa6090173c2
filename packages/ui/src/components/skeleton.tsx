import type { ReactNode } from "react";

/** Grey lines of a table's height, so that nothing jumps when the rows arrive. */
export function SkeletonRows({
  count = 8,
  label,
}: {
  readonly count?: number;
  readonly label: string;
}): ReactNode {
  return (
    <div className="skeleton-rows" role="status" aria-label={label}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="skeleton-row">
          <span className="skeleton" data-width={index % 3} />
          <span className="skeleton" data-width="short" />
          <span className="skeleton" data-width="short" />
        </div>
      ))}
    </div>
  );
}
