// Matrices are symmetric, row-major and dense. Reads stay below the length, which is n · n, so the casts hold.

/** Replaces the lower half of a matrix by its Cholesky factor L. Returns false when it is not positive definite. */
export function factorize(matrix: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n;
    let pivot = matrix[rowJ + j] as number;
    for (let k = 0; k < j; k++) pivot -= (matrix[rowJ + k] as number) ** 2;
    if (!(pivot > 0)) return false;
    const root = Math.sqrt(pivot);
    matrix[rowJ + j] = root;
    for (let i = j + 1; i < n; i++) {
      const rowI = i * n;
      let sum = matrix[rowI + j] as number;
      for (let k = 0; k < j; k++) sum -= (matrix[rowI + k] as number) * (matrix[rowJ + k] as number);
      matrix[rowI + j] = sum / root;
    }
  }
  return true;
}

/** The inverse of L·Lᵀ, whole and symmetric. */
export function invertFactored(factor: Float64Array, n: number): Float64Array {
  const inverseFactor = new Float64Array(n * n); // L⁻¹ transposed: row j holds column j of L⁻¹.
  for (let j = 0; j < n; j++) {
    const row = j * n;
    inverseFactor[row + j] = 1 / (factor[j * n + j] as number);
    for (let i = j + 1; i < n; i++) {
      const factorRow = i * n;
      let sum = 0;
      for (let k = j; k < i; k++)
        sum -= (factor[factorRow + k] as number) * (inverseFactor[row + k] as number);
      inverseFactor[row + i] = sum / (factor[factorRow + i] as number);
    }
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) {
        sum += (inverseFactor[i * n + k] as number) * (inverseFactor[j * n + k] as number);
      }
      inverse[i * n + j] = sum;
      inverse[j * n + i] = sum;
    }
  }
  return inverse;
}

/** ln of the determinant of L·Lᵀ. */
export function logDeterminant(factor: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(factor[i * n + i] as number);
  return 2 * sum;
}

/** matrix · vector. */
export function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (matrix[i * n + j] as number) * (vector[j] as number);
    product[i] = sum;
  }
  return product;
}
