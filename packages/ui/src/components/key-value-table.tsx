import { type ReactNode, useMemo, useState } from "react";
import { compareNatural } from "../lib/natural-order.ts";
import { SearchField } from "./search-field.tsx";

/** A table short enough to take in at a glance needs no search. */
const SEARCH_ROWS_MIN = 12;

export type KeyValue = { readonly key: string; readonly value: string };

type KeyValueTableProps = {
  readonly caption: string;
  readonly rows: readonly KeyValue[];
  /** Said in place of an empty table. */
  readonly whenEmpty: string;
};

/** Names and texts, sorted by name; searchable once it is long. */
export function KeyValueTable({ caption, rows, whenEmpty }: KeyValueTableProps): ReactNode {
  const [wanted, setWanted] = useState("");
  const shown = useMemo(() => selectRows(rows, wanted), [rows, wanted]);
  if (rows.length === 0) return <p className="muted panel-empty">{whenEmpty}</p>;
  return (
    <>
      {rows.length >= SEARCH_ROWS_MIN && (
        <SearchField label={`Search ${caption}`} value={wanted} onChange={setWanted} />
      )}
      <div className="table-scroll">
        <table className="table key-value">
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ key, value }) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td className="value-text">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p className="muted panel-empty">Nothing named like “{wanted}”.</p>}
    </>
  );
}

function selectRows(rows: readonly KeyValue[], wanted: string): readonly KeyValue[] {
  const text = wanted.toLowerCase();
  return rows
    .filter(({ key, value }) => key.toLowerCase().includes(text) || value.toLowerCase().includes(text))
    .toSorted((a, b) => compareNatural(a.key, b.key));
}
