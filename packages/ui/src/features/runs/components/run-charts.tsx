import type { Run } from "@flightdeck/protocol";
import { type ReactNode, useMemo, useState } from "react";
import { EmptyState } from "../../../components/empty-state.tsx";
import { SearchField } from "../../../components/search-field.tsx";
import { Segmented } from "../../../components/segmented.tsx";
import { compareNatural } from "../../../lib/natural-order.ts";
import type { ChartAxis } from "../chart-series.ts";
import { MetricCard } from "./metric-card.tsx";

const AXES = [
  { value: "step", label: "Step" },
  { value: "time", label: "Time" },
] as const;
const SCALES = [
  { value: "linear", label: "Linear" },
  { value: "log", label: "Log" },
] as const;

/** A chart for each metric of a run. */
export function RunCharts({ run }: { readonly run: Run }): ReactNode {
  const [axis, setAxis] = useState<ChartAxis>("step");
  const [scale, setScale] = useState<"linear" | "log">("linear");
  const [wanted, setWanted] = useState("");
  const keys = useMemo(
    () => [...new Set(run.data.metrics.map(({ key }) => key))].toSorted(compareNatural),
    [run.data.metrics],
  );
  if (keys.length === 0) {
    return (
      <EmptyState icon="compare" title="This run has logged no metric">
        <p>Values logged with a step are drawn here, one chart for each metric.</p>
      </EmptyState>
    );
  }
  const shown = keys.filter((key) => key.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <div className="stack">
      <div className="toolbar">
        <SearchField primary label="Search metrics" value={wanted} onChange={setWanted} />
        <div className="toolbar-end">
          <Segmented label="Horizontal axis" options={AXES} value={axis} onChange={setAxis} />
          <Segmented label="Vertical scale" options={SCALES} value={scale} onChange={setScale} />
        </div>
      </div>
      <div className="metric-grid">
        {shown.map((key) => (
          <MetricCard
            key={key}
            runId={run.info.runId}
            metricKey={key}
            axis={axis}
            isLogarithmic={scale === "log"}
          />
        ))}
      </div>
      {shown.length === 0 && <p className="muted">No metric is named like “{wanted}”.</p>}
    </div>
  );
}
