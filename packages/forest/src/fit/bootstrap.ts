import type { Random } from "@flightdeck/core";
import { WEIGHT_BITS, WEIGHT_MAX } from "../kernels/binned-table.ts";

/**
 * The row entries of one tree, in the order of the rows: as many draws with replacement as there are rows, counted, or
 * every row once without a generator. Rows that were not drawn have no entry.
 */
export function bootstrapEntries(numRows: number, random: Random | undefined): Uint32Array {
  if (random === undefined)
    return Uint32Array.from({ length: numRows }, (_, row) => (row << WEIGHT_BITS) | 1);
  return entriesOf(drawCounts(numRows, random));
}

/** A byte is enough: a row is drawn 256 times with a probability below 10^-500. */
function drawCounts(numRows: number, random: Random): Uint8Array {
  const counts = new Uint8Array(numRows);
  for (let i = 0; i < numRows; i++) {
    const row = Math.floor(random.nextFloat() * numRows);
    counts[row] = (counts[row] ?? 0) + 1;
  }
  return counts;
}

function entriesOf(counts: Uint8Array): Uint32Array {
  let size = 0;
  for (let row = 0; row < counts.length; row++) size += Math.ceil((counts[row] ?? 0) / WEIGHT_MAX);
  const entries = new Uint32Array(size);
  let at = 0;
  for (let row = 0; row < counts.length; row++) {
    for (let left = counts[row] ?? 0; left > 0; left -= WEIGHT_MAX) {
      entries[at++] = (row << WEIGHT_BITS) | Math.min(left, WEIGHT_MAX);
    }
  }
  return entries;
}
