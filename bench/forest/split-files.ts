import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Frame } from "@flightdeck/frame";

export const LABEL = "ArrDelayBinary";

/**
 * Writes one half of the split in the format that both sides read: 32-bit floats, column by column, the label first.
 */
export async function writeTable(dir: string, name: string, frame: Frame): Promise<void> {
  const names = [LABEL, ...frame.columnNames.filter((column) => column !== LABEL)];
  const values = new Float32Array(names.length * frame.numRows);
  names.forEach((column, i) =>
    values.set(Float32Array.from(frame.column(column).values, Number), i * frame.numRows),
  );
  await writeFile(join(dir, `${name}.f32`), values);
  await writeFile(join(dir, `${name}.json`), JSON.stringify({ columns: names, rows: frame.numRows }));
}

/** Reads a half written by `writeTable`. */
export async function readTable(dir: string, name: string): Promise<Frame> {
  const bytes = await readFile(join(dir, `${name}.f32`));
  // Written by `writeTable`.
  const { columns, rows } = JSON.parse(await readFile(join(dir, `${name}.json`), "utf8")) as {
    readonly columns: readonly string[];
    readonly rows: number;
  };
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Frame.fromColumns(
    columns.map((column, i) => ({
      name: column,
      dtype: "float32",
      values: all.subarray(i * rows, (i + 1) * rows),
      nulls: undefined,
    })),
  );
}
