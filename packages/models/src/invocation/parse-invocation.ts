import { AppError, invalid, isObject, messageOf } from "@flightdeck/core";
import type { RowInput } from "../signature/row-input.ts";
import { parsePythonJson } from "./python-numbers.ts";

/** The input fields of MLflow's scoring protocol. A body has exactly one of them. */
const INPUT_FIELDS = ["dataframe_split", "dataframe_records", "instances", "inputs"] as const;
/**
 * N records with no keys in common make a mostly empty table of N² cells. We allow a hundred cells per value sent, or
 * as many cells as cost next to nothing: real records omit only a few keys.
 */
const CELLS_PER_VALUE_MAX = 100;
const CELLS_ALWAYS = 100_000;

/** A parsed invocation. */
export type Invocation = {
  readonly input: RowInput;
  /** Not validated yet. */
  readonly params?: unknown;
};

type InputField = (typeof INPUT_FIELDS)[number];

/**
 * Parses a JSON body of the current scoring protocol (MLflow 2 and 3). Throws `BAD_REQUEST` with the field and the
 * offending value.
 *
 * - `dataframe_split`: `{ columns?, data }`, rows of values
 * - `dataframe_records`: a list of objects, one per row
 * - `instances`: a list of objects, or a list of rows without names
 * - `inputs`: like `instances`, or an object of columns
 */
export function parseInvocation(text: string): Invocation {
  const body = parseJson(text);
  if (!isObject(body)) throw wrongFields(Array.isArray(body) ? "a list" : typeof body);
  const fields = INPUT_FIELDS.filter((field) => field in body);
  const [field] = fields;
  if (field === undefined || fields.length > 1) throw wrongFields(`the fields ${listed(Object.keys(body))}`);
  return { input: parseField(field, body[field]), params: body["params"] };
}

/** Parses MLflow 1's bare table: `{ columns, data }`. */
export function parsePandasSplit(text: string): RowInput {
  return parseSplit("the body", parseJson(text));
}

/** Parses MLflow 1's bare records: a list of objects. */
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
      return parseInstances(field, value);
    case "inputs":
      return isObject(value) ? parseColumns(field, value) : parseList(field, value);
  }
}

const SPLIT_KEYS: ReadonlySet<string> = new Set(["columns", "data", "index"]);

function parseSplit(field: string, value: unknown): RowInput {
  if (!isObject(value))
    throw badRequest(`${field} must be an object with columns and data, got ${kindOf(value)}`);
  const { columns, data, index } = value;
  const extra = Object.keys(value).find((key) => !SPLIT_KEYS.has(key));
  if (data === undefined || extra !== undefined) {
    const got = listed(Object.keys(value));
    throw badRequest(
      `Dataframe split format must have 'data' field and optionally 'columns' and 'index' fields. Got ${got}.`,
    );
  }
  if (index !== undefined && index !== null && !(Array.isArray(index) && hasLength(data, index.length))) {
    throw badRequest(`index of ${field} must be a list with a name for each row`);
  }
  const names = columns === undefined || columns === null ? undefined : namesOf(field, columns);
  if (names !== undefined && isListOf(data, isObject)) return { columns: names, data: cellsOf(data, names) };
  if (isListOf(data, isRow)) return { columns: names, data };
  throw badRequest(`data of ${field} must be a list of rows, each a list`);
}

function namesOf(field: string, columns: unknown): readonly string[] {
  if (isListOf(columns, isScalar)) return columns.map(String);
  throw badRequest(`columns of ${field} must be a list of strings`);
}

function hasLength(list: unknown, length: number): boolean {
  return Array.isArray(list) && list.length === length;
}

/** If only some records have a key, the others get missing values, as in pandas. */
function parseRecords(field: string, value: unknown): RowInput {
  if (Array.isArray(value) && value.length === 0) return NOTHING;
  if (isListOf(value, isRow)) return { data: value };
  if (!isListOf(value, isObject))
    throw badRequest(`${field} must be a list of records, got ${kindOf(value)}`);
  const keys = value.flatMap((record) => Object.keys(record));
  const columns = [...new Set(keys)];
  const cells = columns.length * value.length;
  if (cells > Math.max(CELLS_ALWAYS, keys.length * CELLS_PER_VALUE_MAX)) {
    const got = `${value.length} records with ${columns.length} keys among them and ${keys.length} values`;
    throw badRequest(
      `${field} must have a value in at least one of ${CELLS_PER_VALUE_MAX} cells, got ${got}`,
    );
  }
  return { columns, data: cellsOf(value, columns) };
}

/** A table with no rows and no columns. */
const NOTHING: RowInput = { columns: [], data: [] };

function cellsOf(records: readonly Record<string, unknown>[], columns: readonly string[]): unknown[][] {
  return records.map((record) => columns.map((name) => record[name] ?? null));
}

/** Parses `instances`. MLflow collects each key's values into a list, so every record must have every key. */
function parseInstances(field: string, value: unknown): RowInput {
  if (isObject(value)) return parseColumns(field, value);
  if (isListOf(value, isObject) && value.length > 0) {
    const input = parseRecords(field, value);
    const width = input.columns?.length;
    if (value.every((record) => Object.keys(record).length === width)) return input;
    throw badRequest("The length of values for each input/column name are not the same");
  }
  return parseList(field, value);
}

function parseList(field: string, value: unknown): RowInput {
  if (isListOf(value, isScalar) && value.length > 0) return { data: value.map((cell) => [cell]) };
  if (Array.isArray(value)) return parseRecords(field, value);
  throw invalid(`${field} must be a list of rows, all lists or all objects, got ${kindOf(value)}`);
}

function parseColumns(field: string, value: Readonly<Record<string, unknown>>): RowInput {
  const columns = Object.keys(value);
  const cells = Object.values(value);
  if (columns.length > 0 && cells.every(isScalar)) return { columns, data: [cells] };
  const lists = columns.map((name) => {
    const list = value[name];
    if (isListOf(list, isScalar)) return list;
    const message = `${field}.${name} must be a list of values, got ${kindOf(list)}`;
    throw Array.isArray(list) && list.some(isObject) ? badRequest(message) : invalid(message);
  });
  const numRows = lists[0]?.length ?? 0;
  const uneven = lists.findIndex((list) => list.length !== numRows);
  if (uneven !== -1) {
    const got = lists[uneven]?.length;
    throw invalid(`${field}.${columns[uneven]} must have ${numRows} values like ${columns[0]}, got ${got}`);
  }
  return { columns, data: Array.from({ length: numRows }, (_, row) => lists.map((list) => list[row])) };
}

function parseJson(text: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (cause) {
    const message = `Ensure that input is a valid JSON formatted string: ${messageOf(cause)}`;
    throw new AppError("BAD_REQUEST", message, { cause });
  }
}

function isRow(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
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
  return badRequest(
    "The input must be a JSON dictionary with exactly one of the input fields " +
      `${listed(INPUT_FIELDS)}, got ${got}. A bare table needs the header ` +
      "'Content-Type: application/json; format=pandas-split'.",
  );
}

function listed(names: readonly string[]): string {
  return `{${names.map((name) => `'${name}'`).join(", ")}}`;
}

/** For what MLflow rejects before it checks the signature. Use `invalid` for what it rejects after that. */
function badRequest(message: string): AppError {
  return new AppError("BAD_REQUEST", message);
}
