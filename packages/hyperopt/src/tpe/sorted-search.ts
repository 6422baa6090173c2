/** The index of the first value not less than the bound, among the first `length` ascending values. */
export function lowerBound(values: Float64Array, bound: number, length: number = values.length): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < bound) low = middle + 1; // Below the length.
    else high = middle;
  }
  return low;
}
