import type { Column, Dtype } from "../column.ts";
import { ColumnBuilder } from "../column-builder.ts";
import type { CsvField } from "./parse-csv.ts";

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const BOOLEAN = /^(true|false)$/i;

/** Unquoted texts that mean a missing value: the most common ones of pandas' read_csv. */
const NULL_TEXTS: ReadonlySet<string> = new Set(["", "NA", "N/A", "NaN", "nan", "null", "NULL"]);

/**
 * Builds a typed column from CSV fields: int64 if all values are safe integers, else float64 if all are numbers, else
 * boolean if all are true or false, else string. A column without values is float64.
 */
export function columnOfFields(name: string, fields: readonly CsvField[]): Column {
  const texts = fields.map(({ text, quoted }) => (!quoted && NULL_TEXTS.has(text) ? null : text));
  const dtype = inferDtype(texts.filter((text) => text !== null));
  const builder = new ColumnBuilder(name, dtype, texts.length);
  builder.write(
    0,
    texts.map((text) => (text === null ? null : convert(dtype, text))),
  );
  return builder.build();
}

function inferDtype(texts: readonly string[]): Dtype {
  if (texts.length === 0) return "float64";
  if (texts.every((text) => INTEGER.test(text) && Number.isSafeInteger(Number(text)))) return "int64";
  if (texts.every((text) => NUMBER.test(text))) return "float64";
  if (texts.every((text) => BOOLEAN.test(text))) return "boolean";
  return "string";
}

function convert(dtype: Dtype, text: string): string | number | boolean {
  if (dtype === "string") return text;
  return dtype === "boolean" ? text.toLowerCase() === "true" : Number(text);
}
