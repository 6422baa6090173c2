import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frame } from "@flightdeck/frame";

export const LABEL = "ArrDelayBinary";

/** One half of the split as both sides read it: 32-bit floats, column after column, the label first. */
export async function writeTable(dir: string, name: string, frame: Frame): Promise<void> {
  const names = [LABEL, ...frame.columnNames.filter((column) => column !== LABEL)];
  const values = new Float32Array(names.length * frame.numRows);
  names.forEach((column, i) =>
    values.set(Float32Array.from(frame.column(column).values, Number), i * frame.numRows),
  );
  await writeFile(join(dir, `${name}.f32`), values);
  await writeFile(join(dir, `${name}.json`), JSON.stringify({ columns: names, rows: frame.numRows }));
}
