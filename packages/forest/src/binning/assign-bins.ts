/** Equal cells over the range of the edges; more than edges, so that most cells hold one edge at most. */
const CELL_COUNT = 1024;

export type BinColumn = {
  readonly values: Float32Array;
  readonly edges: Float32Array;
};

/** Writes each value's bin to `bytes[row * rowBytes + offset]`: 0 for NaN, 1 up to the first edge, and so on. */
export function assignBins(column: BinColumn, bytes: Uint8Array, rowBytes: number, offset: number): void {
  const { values, edges } = column;
  const low = edges[0] ?? 0;
  const span = (edges[edges.length - 1] ?? 0) - low;
  const perCell = span > 0 && Number.isFinite(span) ? CELL_COUNT / span : 0;
  const starts = cellStarts(edges, low, perCell);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0;
    let bin = 0;
    if (value === value) {
      const cell = Math.max(0, Math.min(CELL_COUNT - 1, Math.floor((value - low) * perCell)));
      bin = 1 + firstNotBelow(edges, value, starts[cell] ?? 0, starts[cell + 1] ?? edges.length);
    }
    bytes[row * rowBytes + offset] = bin;
  }
}

/** For each cell the number of edges below it: where the search for a value in that cell may begin. One cell for all without a scale. */
function cellStarts(edges: Float32Array, low: number, perCell: number): Uint16Array {
  if (perCell === 0) return Uint16Array.of(0, edges.length);
  const starts = new Uint16Array(CELL_COUNT + 1).fill(edges.length);
  let edge = 0;
  for (let cell = 0; cell < CELL_COUNT; cell++) {
    while (edge < edges.length && Math.floor(((edges[edge] ?? 0) - low) * perCell) < cell) edge++;
    starts[cell] = edge;
  }
  return starts;
}

/** The first index in [from, to] whose edge is not below the value; edges before `from` are below it. */
function firstNotBelow(edges: Float32Array, value: number, from: number, to: number): number {
  let first = from;
  let last = to;
  while (first < last) {
    const middle = (first + last) >>> 1;
    if ((edges[middle] ?? 0) < value) first = middle + 1;
    else last = middle;
  }
  return first;
}
