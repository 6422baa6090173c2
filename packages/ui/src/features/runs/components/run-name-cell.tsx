import type { Row } from "@tanstack/react-table";
import { Link } from "@tanstack/react-router";
import type { CSSProperties, ReactNode } from "react";
import { Icon } from "../../../components/icon.tsx";
import { formatPlural } from "../../../lib/format-number.ts";
import type { RunNode } from "../run-tree.ts";
import type { RunTableFeatures } from "../run-table-features.ts";

type RunNameCellProps = {
  readonly row: Row<RunTableFeatures, RunNode>;
  readonly onToggle: (runId: string) => void;
};

/** The run's name as a link, indented below its parent; a parent has the button that opens and closes its family. */
export function RunNameCell({ row, onToggle }: RunNameCellProps): ReactNode {
  const { row: runRow, isMatch, children } = row.original;
  const { runId, runName, experimentId } = runRow.run.info;
  const isOpen = row.getIsExpanded();
  // A custom property set from script is no inline style to a content security policy.
  const style = { "--depth": row.depth } as CSSProperties;
  return (
    <span className="run-name" style={style}>
      {children.length > 0 ? (
        <button
          type="button"
          className="expander"
          aria-expanded={isOpen}
          aria-label={`${formatPlural(children.length, "nested run")} of ${runName}`}
          onClick={() => onToggle(runId)}
        >
          <Icon name="chevron" size={14} />
        </button>
      ) : (
        <span className="expander-space" />
      )}
      <Link
        to="/experiments/$experimentId/runs/$runId"
        params={{ experimentId, runId }}
        className="row-link run-link"
        data-row-link=""
        title={runName}
      >
        {runName === "" ? runId : runName}
      </Link>
      {children.length > 0 && (
        <span className="count" aria-hidden="true">
          {children.length}
        </span>
      )}
      {!isMatch && (
        <span
          className="chip"
          title="The filter did not find this run; it is shown because runs nested in it match."
        >
          parent
        </span>
      )}
    </span>
  );
}
