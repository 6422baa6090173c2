import type { ReactNode } from "react";
import { messageOf } from "../../../lib/error-text.ts";
import { locateFilterError } from "../locate-filter-error.ts";

/** Stands behind a filter that stops too early: room for a word, which is what is missing. */
const END = "\u00a0".repeat(4);

type FilterErrorProps = { readonly id: string; readonly filter: string; readonly error: unknown };

/** The server's words on a filter, with the piece that they are about marked in it. */
export function FilterError({ id, filter, error }: FilterErrorProps): ReactNode {
  const span = locateFilterError(filter, error);
  return (
    <div id={id} className="filter-error" role="alert">
      {span !== undefined && (
        <code className="filter-echo">
          {filter.slice(0, span.start)}
          <mark className="filter-fault">{filter.slice(span.start, span.end) || END}</mark>
          {filter.slice(span.end)}
        </code>
      )}
      <span>{messageOf(error)}</span>
    </div>
  );
}
