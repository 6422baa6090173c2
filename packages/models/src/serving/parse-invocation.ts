import { AppError, jsonDepthExceeds, messageOf } from "@flightdeck/core";
import type { RowInput } from "../signature/row-input.ts";

/** The fields that MLflow's scoring protocol knows; a body has exactly one of them. */
const INPUT_FIELDS = ["dataframe_split", "dataframe_records", "instances", "inputs"] as const;
/**
 * Records that share no key make a table of their number squared, nearly all of it missing. A table may have a hundred
 * cells for each value that came, or as many as cost nothing: real records leave out a few keys.
 */
const CELLS_PER_VALUE_MAX = 100;
const CELLS_ALWAYS = 100_000;
type InputField = (typeof INPUT_FIELDS)[number];

/**
 * Reads a JSON body of today's scoring protocol (MLflow 2 and 3). Throws `BAD_REQUEST` naming the field and what came.
 *
 * - `dataframe_split`: `{ columns?, data }`, rows of values
 * - `dataframe_records`: a list of objects, one a row
 * - `instances`: the same list of objects, or a list of rows without names
 * - `inputs`: as `instances`, or an object of columns
 */
export function parseInvocation(text: string): RowInput {
  const body = parseJson(text);
  if (!isObject(body)) throw wrongFields(Array.isArray(body) ? "a list" : typeof body);
  const fields = INPUT_FIELDS.filter((field) => field in body);
  const [field] = fields;
  if (field === undefined || fields.length > 1) throw wrongFields(`the fields ${listed(Object.keys(body))}`);
  return parseField(field, body[field]);
}

/** Reads a bare table as MLflow 1 has it: `{ columns, data }`. */
export function parsePandasSplit(text: string): RowInput {
  return parseSplit("the body", parseJson(text));
}

/** Reads bare records as MLflow 1 has them: a list of objects. */
export function parsePandasRecords(text: string): RowInput {
  return parseRecords("the body", parseJson(text));
}

function parseField(field: InputField, value: unknown): RowInput {
  switch (field) {
    case "dataframe_split":
      return parseSplit(field, value);
    case "dataframe_records":
      return parseRecords(field, value);
    case "instances":
      return parseList(field, value);
    case "inputs":
      return isObject(value) ? parseColumns(field, value) : parseList(field, value);
  }
}

function parseSplit(field: string, value: unknown): RowInput {
  if (!isObject(value))
    throw invalid(`${field} must be an object with columns and data, got ${kindOf(value)}`);
  const { columns, data } = value;
  if (!isListOf(data, Array.isArray)) throw invalid(`data of ${field} must be a list of rows, each a list`);
  if (columns === undefined) return { data };
  if (!isListOf(columns, isText)) throw invalid(`columns of ${field} must be a list of texts`);
  return { columns, data };
}

/** Keys that only some records have are missing values in the others, as pandas reads them. */
function parseRecords(field: string, value: unknown): RowInput {
  if (!isListOf(value, isObject)) throw invalid(`${field} must be a list of objects, got ${kindOf(value)}`);
  const keys = value.flatMap((record) => Object.keys(record));
  const columns = [...new Set(keys)];
  const cells = columns.length * value.length;
  if (cells > Math.max(CELLS_ALWAYS, keys.length * CELLS_PER_VALUE_MAX)) {
    const got = `${value.length} records with ${columns.length} keys among them and ${keys.length} values`;
    throw invalid(`${field} must have a value for one cell in ${CELLS_PER_VALUE_MAX} at least, got ${got}`);
  }
  return { columns, data: value.map((record) => columns.map((name) => record[name] ?? null)) };
}

function parseList(field: string, value: unknown): RowInput {
  if (isListOf(value, Array.isArray)) return { data: value };
  if (isListOf(value, isObject)) return parseRecords(field, value);
  if (isListOf(value, isScalar)) return { data: value.map((cell) => [cell]) };
  throw invalid(`${field} must be a list of rows, all lists or all objects, got ${kindOf(value)}`);
}

function parseColumns(field: string, value: Readonly<Record<string, unknown>>): RowInput {
  const columns = Object.keys(value);
  const lists = columns.map((name) => {
    const cells = value[name];
    if (isListOf(cells, isScalar)) return cells;
    throw invalid(`${field}.${name} must be a list of values, got ${kindOf(cells)}`);
  });
  const numRows = lists[0]?.length ?? 0;
  const uneven = lists.findIndex((cells) => cells.length !== numRows);
  if (uneven !== -1) {
    const got = lists[uneven]?.length;
    throw invalid(`${field}.${columns[uneven]} must have ${numRows} values like ${columns[0]}, got ${got}`);
  }
  return { columns, data: Array.from({ length: numRows }, (_, row) => lists.map((cells) => cells[row])) };
}

/** Tensors have a handful of dimensions. */
const DEPTH_MAX = 100;

function parseJson(text: string): unknown {
  if (jsonDepthExceeds(text, DEPTH_MAX)) throw invalid(`the body is nested deeper than ${DEPTH_MAX} levels`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError(
      "BAD_REQUEST",
      `Ensure that input is a valid JSON formatted string: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value !== "object";
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(is);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return Array.isArray(value) ? "a list of something else" : typeof value;
}

function wrongFields(got: string): AppError {
  return invalid(
    "The input must be a JSON dictionary with exactly one of the input fields " +
      `${listed(INPUT_FIELDS)}, got ${got}. A bare table needs the header ` +
      "'Content-Type: application/json; format=pandas-split'.",
  );
}

function listed(names: readonly string[]): string {
  return `{${names.map((name) => `'${name}'`).join(", ")}}`;
}

function invalid(message: string): AppError {
  return new AppError("BAD_REQUEST", message);
}
