/** Observed values of one parameter, ascending; those seen earlier come first among equals. */
export type Observations = {
  readonly values: Float64Array;
  /** The forgetting weight of each value. */
  readonly weights: Float64Array;
};

export const NO_OBSERVATIONS: Observations = { values: new Float64Array(0), weights: new Float64Array(0) };
