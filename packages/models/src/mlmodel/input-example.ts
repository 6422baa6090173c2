import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cell, cellAt, type Frame } from "@flightdeck/frame";
import type { SavedInputExampleInfo } from "./ml-model.ts";

/** MLflow's names for the two files. */
const EXAMPLE_FILE = "input_example.json";
const SERVING_FILE = "serving_input_example.json";

/** An example only shows the input's format; more rows would just bloat the model folder. */
const EXAMPLE_ROWS_MAX = 5;

/**
 * Saves the first rows of an example into the model folder, as MLflow does: as a table and as a body for
 * `/invocations`. Missing values, NaN and infinities become null, since JSON has none of them.
 */
export async function saveInputExample(dir: string, example: Frame): Promise<SavedInputExampleInfo> {
  const table = splitTable(example.slice(0, EXAMPLE_ROWS_MAX));
  await writeFile(join(dir, EXAMPLE_FILE), JSON.stringify(table));
  await writeFile(join(dir, SERVING_FILE), JSON.stringify({ dataframe_split: table }, undefined, 2));
  return {
    artifactPath: EXAMPLE_FILE,
    type: "dataframe",
    pandasOrient: "split",
    servingInputPath: SERVING_FILE,
  };
}

type SplitTable = { readonly columns: readonly string[]; readonly data: readonly (readonly Cell[])[] };

function splitTable(frame: Frame): SplitTable {
  const columns = frame.columnNames.map((name) => frame.column(name));
  const data = Array.from({ length: frame.numRows }, (_, row) =>
    columns.map((column) => jsonCell(cellAt(column, row))),
  );
  return { columns: frame.columnNames, data };
}

function jsonCell(cell: Cell): Cell {
  return typeof cell === "number" && !Number.isFinite(cell) ? null : cell;
}
