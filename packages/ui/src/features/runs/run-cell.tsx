import { type RunInfo, type RunStatus, SYSTEM_TAGS } from "@flightdeck/protocol";
import { Link } from "@tanstack/react-router";
import type { CSSProperties, ReactNode } from "react";
import { Icon } from "../../components/icon.tsx";
import { MiddleText, StatusBadge, type StatusTone, TimeText } from "../../components/text.tsx";
import { formatDuration, formatNumber, formatPlural } from "../../lib/format.ts";
import { useNow } from "../../lib/hooks.ts";
import { shownName } from "../../lib/names.ts";
import { metricDirection } from "./column-summary.ts";
import { type RunColumn, type RunRow, shortSourceName } from "./run-columns.ts";
import type { OpenRow } from "./run-tree.ts";

/** A column shows about twenty characters, but a parameter may have thousands. */
const CELL_CHARS_MAX = 300;

type RunCellProps = {
  readonly row: RunRow;
  readonly column: RunColumn;
  /** The best value of each metric in the table. */
  readonly best: ReadonlyMap<string, number>;
};

/** The value of a run's column. Renders nothing if the run has none. */
export function RunCell({ row, column, best }: RunCellProps): ReactNode {
  const { group, key } = column;
  if (group === "metrics")
    return <MetricValue name={key} value={row.metrics.get(key)} best={best.get(key)} />;
  if (group === "attributes") return <RunAttribute row={row} name={key} />;
  const text = group === "params" ? row.params.get(key) : row.tags.get(key);
  return text === undefined ? null : <MiddleText text={text.slice(0, CELL_CHARS_MAX)} />;
}

type MetricValueProps = {
  readonly name: string;
  readonly value: number | undefined;
  readonly best: number | undefined;
};

function MetricValue({ name, value, best }: MetricValueProps): ReactNode {
  if (value === undefined) return null;
  if (value !== best) return <span title={String(value)}>{formatNumber(value)}</span>;
  const end = metricDirection(name) === "min" ? "lowest" : "highest";
  return (
    <strong className="best" title={`${value}: the ${end} of all runs that match`}>
      {formatNumber(value)}
      <span className="visually-hidden"> (best)</span>
    </strong>
  );
}

function RunAttribute({ row, name }: { readonly row: RunRow; readonly name: string }): ReactNode {
  const { info } = row.run;
  if (name === "status") return <RunStatusBadge status={info.status} />;
  if (name === "start_time") return <TimeText timeMs={info.startTimeMs} />;
  if (name === "duration") return <RunDuration info={info} />;
  if (name === "user_id") return row.tags.get(SYSTEM_TAGS.user) ?? info.userId;
  if (name === "run_id") return <code>{info.runId}</code>;
  const source = row.tags.get(SYSTEM_TAGS.sourceName);
  return source === undefined ? null : <span title={source}>{shortSourceName(source)}</span>;
}

type RunNameCellProps = {
  readonly open: OpenRow;
  readonly row: RunRow;
  readonly isOpen: boolean;
  readonly onToggle: (runId: string) => void;
};

/**
 * The run's name as a link, indented below its parent. A parent has a button that expands and collapses its children.
 */
export function RunNameCell({ open, row, isOpen, onToggle }: RunNameCellProps): ReactNode {
  const { isMatch, children } = open.node;
  const { runId, runName, experimentId } = row.run.info;
  const name = shownName(runName, runId);
  // A custom property set from script does not count as an inline style under the content security policy.
  const style = { "--depth": open.depth } as CSSProperties;
  return (
    <span className="run-name" style={style}>
      {children.length > 0 ? (
        <button
          type="button"
          className="expander"
          aria-expanded={isOpen}
          aria-label={`${formatPlural(children.length, "nested run")} of ${name}`}
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
        aria-label={name}
      >
        <MiddleText text={name} />
      </Link>
      {children.length > 0 && (
        <span className="count" aria-hidden="true">
          {children.length}
        </span>
      )}
      {!isMatch && (
        <span
          className="chip"
          title="This run does not match the filter; it is shown because runs nested in it do."
        >
          parent
        </span>
      )}
    </span>
  );
}

/** A run's duration so far. A run that died without reporting it has no end. */
export function RunDuration({ info }: { readonly info: RunInfo }): ReactNode {
  const nowMs = useNow();
  if (info.startTimeMs === 0) return null;
  if (info.endTimeMs !== undefined && info.endTimeMs > 0)
    return formatDuration(info.endTimeMs - info.startTimeMs);
  return info.status === "RUNNING" ? formatDuration(nowMs - info.startTimeMs) : null;
}

const LOOKS: Readonly<Record<RunStatus, readonly [tone: StatusTone, words: string]>> = {
  RUNNING: ["busy", "Running"],
  SCHEDULED: ["neutral", "Scheduled"],
  FINISHED: ["good", "Finished"],
  FAILED: ["bad", "Failed"],
  KILLED: ["bad", "Killed"],
};

export function RunStatusBadge({ status }: { readonly status: RunStatus }): ReactNode {
  const [tone, words] = LOOKS[status];
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}
