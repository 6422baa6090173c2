import { type ReactNode, useMemo } from "react";
import { formatCount } from "../../../lib/format-number.ts";
import { parseCsv } from "../parse-csv.ts";

const ROWS_SHOWN_MAX = 200;
const COLUMNS_SHOWN_MAX = 60;

/** The first rows of a CSV file as a table. */
export function CsvPreview({
  text,
  separator,
}: {
  readonly text: string;
  readonly separator: string;
}): ReactNode {
  const { header, rows } = useMemo(
    () => parseCsv(text, { separator, rowsMax: ROWS_SHOWN_MAX }),
    [text, separator],
  );
  const hiddenCount = header.length - COLUMNS_SHOWN_MAX;
  return (
    <>
      <div className="csv-preview">
        <table className="table">
          <caption className="visually-hidden">First rows</caption>
          <thead>
            <tr>
              <td className="muted number row-number">#</td>
              {header.slice(0, COLUMNS_SHOWN_MAX).map((name, index) => (
                <th key={index} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                <td className="muted number row-number">{index + 1}</td>
                {row.slice(0, COLUMNS_SHOWN_MAX).map((value, column) => (
                  <td key={column}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted panel-empty">
        {rows.length === ROWS_SHOWN_MAX
          ? `The first ${formatCount(ROWS_SHOWN_MAX)} rows.`
          : `${rows.length} rows.`}
        {hiddenCount > 0 && ` ${formatCount(hiddenCount)} columns are not shown.`}
      </p>
    </>
  );
}
