import { AppError } from "@flightdeck/core";
import { Frame } from "../frame.ts";
import { missingColumn } from "../missing-column.ts";
import { columnOfFields } from "./column-of-fields.ts";
import { type CsvField, parseCsv } from "./parse-csv.ts";

export type FrameFromCsvOptions = {
  /** The columns to keep, in this order; default all. */
  readonly columns?: readonly string[] | undefined;
  /** One character between fields. Default a comma. */
  readonly delimiter?: string | undefined;
};

/** A frame of CSV text, by the rules of `readCsv`. Throws INVALID_PARAMETER_VALUE, with the line or record. */
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
  return Frame.fromColumns(wanted(names, columns).map((name) => columnAt(name, names, records)));
}

function wanted(names: readonly string[], columns: readonly string[] | undefined): readonly string[] {
  const absent = columns?.find((name) => !names.includes(name));
  if (absent !== undefined) throw missingColumn(absent, names);
  return columns ?? names;
}

function columnAt(
  name: string,
  names: readonly string[],
  records: readonly (readonly CsvField[])[],
): ReturnType<typeof columnOfFields> {
  const index = names.indexOf(name);
  return columnOfFields(
    name,
    records.map((record) => record[index] ?? { text: "", quoted: false }),
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
