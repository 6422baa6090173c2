import { SYSTEM_TAGS } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { TimeText } from "../../../components/time-text.tsx";
import { formatNumber } from "../../../lib/format-number.ts";
import { metricDirection } from "../metric-direction.ts";
import type { RunColumn } from "../run-columns.ts";
import type { RunRow } from "../run-row.ts";
import { shortSourceName } from "../source-name.ts";
import { RunDuration } from "./run-duration.tsx";
import { RunStatusBadge } from "./run-status-badge.tsx";

type RunCellProps = {
  readonly row: RunRow;
  readonly column: RunColumn;
  /** The best value of each metric in the table. */
  readonly best: ReadonlyMap<string, number>;
};

/** The value of one column of one run; nothing where the run has none. */
export function RunCell({ row, column, best }: RunCellProps): ReactNode {
  const { group, key } = column;
  if (group === "metrics")
    return <MetricValue name={key} value={row.metrics.get(key)} best={best.get(key)} />;
  if (group === "attributes") return <RunAttribute row={row} name={key} />;
  const text = group === "params" ? row.params.get(key) : row.tags.get(key);
  return text === undefined ? null : <span title={text}>{text}</span>;
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
    <strong className="best" title={`${value}: the ${end} of the runs shown`}>
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
