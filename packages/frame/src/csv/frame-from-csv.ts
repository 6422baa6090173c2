import { AppError } from "@flightdeck/core";
import { Frame } from "../frame.ts";
import { missingColumn } from "../missing-column.ts";
import { columnOfFields } from "./column-of-fields.ts";
import { type CsvField, parseCsv } from "./parse-csv.ts";

/** Options for parsing CSV text. */
export type FrameFromCsvOptions = {
  /** The columns to keep, in this order. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /** The single character between fields. Default: a comma. */
  readonly delimiter?: string | undefined;
};

/** Parses CSV text by the rules of `readCsv`. Throws INVALID_PARAMETER_VALUE with the line or record. */
export function frameFromCsv(text: string, { delimiter = ",", columns }: FrameFromCsvOptions = {}): Frame {
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw invalid(
      `delimiter must be one character and no quote or line end, got ${JSON.stringify(delimiter)}`,
    );
  }
  const [header, ...records] = parseCsv(text, delimiter);
  if (header === undefined) throw invalid("a CSV file must begin with a record of column names, got none");
  checkWidths(header, records);
  const names = header.map((field) => field.text);
  const indexes = new Map(names.map((name, index) => [name, index]));
  return Frame.fromColumns(
    (columns ?? names).map((name) => {
      const index = indexes.get(name);
      if (index === undefined) throw missingColumn(name, names);
      return columnOfFields(
        name,
        records.map((record) => record[index] ?? { text: "", quoted: false }),
      );
    }),
  );
}

function checkWidths(header: readonly CsvField[], records: readonly (readonly CsvField[])[]): void {
  const bad = records.findIndex((record) => record.length !== header.length);
  if (bad === -1) return;
  throw invalid(
    `record ${bad + 1} must have ${header.length} fields as the header, got ${records[bad]?.length}`,
  );
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
