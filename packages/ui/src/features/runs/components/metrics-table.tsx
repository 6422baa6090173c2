import type { Metric } from "@flightdeck/protocol";
import { type ReactNode, useMemo } from "react";
import { formatCount, formatNumber } from "../../../lib/format-number.ts";
import { compareNatural } from "../../../lib/natural-order.ts";

type MetricsTableProps = { readonly metrics: readonly Metric[]; readonly whenEmpty: string };

/** The latest value of each metric. A model's metrics name the dataset that they were measured on. */
export function MetricsTable({ metrics, whenEmpty }: MetricsTableProps): ReactNode {
  const sorted = useMemo(() => metrics.toSorted((a, b) => compareNatural(a.key, b.key)), [metrics]);
  const hasDatasets = sorted.some(({ datasetName }) => datasetName !== undefined && datasetName !== "");
  if (sorted.length === 0) return <p className="muted panel-empty">{whenEmpty}</p>;
  return (
    <div className="table-scroll">
      <table className="table key-value">
        <caption className="visually-hidden">Metrics</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className="number">
              Latest
            </th>
            <th scope="col" className="number">
              Step
            </th>
            {hasDatasets && <th scope="col">Dataset</th>}
          </tr>
        </thead>
        <tbody>
          {sorted.map((metric) => (
            <tr key={`${metric.key} ${metric.datasetName} ${metric.datasetDigest} ${metric.modelId}`}>
              <th scope="row">{metric.key}</th>
              <td className="number" title={String(metric.value)}>
                {formatNumber(metric.value)}
              </td>
              <td className="number muted">{formatCount(metric.step)}</td>
              {hasDatasets && <td>{metric.datasetName}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
