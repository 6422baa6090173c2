import type { Metric } from "@flightdeck/protocol";
import { type ReactNode, useMemo, useState } from "react";
import { formatCount, formatNumber } from "../lib/format.ts";
import { compareNatural, shownText } from "../lib/names.ts";
import { SearchField } from "./controls.tsx";
import { LongText } from "./text.tsx";

export type KeyValue = { readonly key: string; readonly value: string };

type KeyValueTableProps = {
  readonly caption: string;
  readonly rows: readonly KeyValue[];
  /** Shown instead of an empty table. */
  readonly whenEmpty: string;
};

/** Keys and values sorted by key. Long tables are searchable. */
export function KeyValueTable({ caption, rows, whenEmpty }: KeyValueTableProps): ReactNode {
  const sorted = useMemo(() => rows.toSorted((a, b) => compareNatural(a.key, b.key)), [rows]);
  const narrowed = useNarrowedRows(sorted, textOf);
  if (rows.length === 0) return <p className="muted panel-empty">{whenEmpty}</p>;
  return (
    <NarrowedTable caption={caption} rows={narrowed}>
      <table className="table key-value">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {narrowed.shown.map(({ key, value }) => (
            <tr key={key}>
              <th scope="row">
                <bdi>{shownText(key)}</bdi>
              </th>
              <td className="value-text">
                <LongText text={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </NarrowedTable>
  );
}

function textOf({ key, value }: KeyValue): string {
  return `${key}\n${value}`;
}

type MetricsTableProps = { readonly metrics: readonly Metric[]; readonly whenEmpty: string };

/** The latest value of each metric. A model's metrics show the dataset that they were measured on. */
export function MetricsTable({ metrics, whenEmpty }: MetricsTableProps): ReactNode {
  const sorted = useMemo(() => metrics.toSorted((a, b) => compareNatural(a.key, b.key)), [metrics]);
  const narrowed = useNarrowedRows(sorted, keyOf);
  const hasDatasets = sorted.some(({ datasetName }) => datasetName !== undefined && datasetName !== "");
  if (sorted.length === 0) return <p className="muted panel-empty">{whenEmpty}</p>;
  return (
    <NarrowedTable caption="Metrics" rows={narrowed}>
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
          {narrowed.shown.map((metric) => (
            <tr key={`${metric.key} ${metric.datasetName} ${metric.datasetDigest} ${metric.modelId}`}>
              <th scope="row">
                <bdi>{shownText(metric.key)}</bdi>
              </th>
              <td className="number" title={String(metric.value)}>
                {formatNumber(metric.value)}
              </td>
              <td className="number muted">{formatCount(metric.step)}</td>
              {hasDatasets && <td>{metric.datasetName}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </NarrowedTable>
  );
}

function keyOf({ key }: Metric): string {
  return key;
}

type NarrowedTableProps<TRow> = {
  readonly caption: string;
  readonly rows: NarrowedRows<TRow>;
  /** The table itself. */
  readonly children: ReactNode;
};

/** A table with a search box and a note about omitted rows. */
function NarrowedTable<TRow>({ caption, rows, children }: NarrowedTableProps<TRow>): ReactNode {
  const { shown, hiddenCount, isSearchable, wanted, onSearch } = rows;
  return (
    <>
      {isSearchable && <SearchField label={`Search ${caption}`} value={wanted} onChange={onSearch} />}
      <div className="table-scroll">{children}</div>
      {shown.length === 0 && <p className="muted panel-empty">No name contains “{wanted}”.</p>}
      {hiddenCount > 0 && (
        <p className="muted panel-empty">{formatCount(hiddenCount)} more. Search to find them.</p>
      )}
    </>
  );
}

/** Shorter tables need no search. */
const SEARCH_ROWS_MIN = 12;
/** Maximum number of rows in the document. More would be unreadable, and thousands slow down the browser. */
const SHOWN_ROWS_MAX = 200;

type NarrowedRows<TRow> = {
  readonly shown: readonly TRow[];
  /** Matching rows that are not shown. */
  readonly hiddenCount: number;
  readonly isSearchable: boolean;
  readonly wanted: string;
  readonly onSearch: (wanted: string) => void;
};

/** Filters the rows by the search text, up to the maximum number of rows. */
function useNarrowedRows<TRow>(rows: readonly TRow[], textOf: (row: TRow) => string): NarrowedRows<TRow> {
  const [wanted, onSearch] = useState("");
  const fitting = useMemo(() => {
    const text = wanted.toLowerCase();
    return text === "" ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(text));
  }, [rows, wanted, textOf]);
  return {
    shown: fitting.slice(0, SHOWN_ROWS_MAX),
    hiddenCount: Math.max(0, fitting.length - SHOWN_ROWS_MAX),
    isSearchable: rows.length >= SEARCH_ROWS_MIN,
    wanted,
    onSearch,
  };
}
