/** A body with different responses from the two servers. */
export type Difference = { readonly body: string; readonly ours: string; readonly theirs: string };

/** Bodies for which our response differs from MLflow's on purpose. */
type AcceptedDifference = {
  /** The test's models to which it applies. */
  readonly models: readonly string[];
  /** Matches the names of the bodies. */
  readonly bodies: RegExp;
  /** Their description in docs/COMPATIBILITY.md. */
  readonly shown: string;
  readonly reason: string;
};

export const ACCEPTED: readonly AcceptedDifference[] = [
  {
    models: ["typed", "floats"],
    bodies:
      /^(?:split without columns|records that are lists|instances of lists|inputs of lists|another key beside instances|a key twice)$/,
    shown: "rows as lists without names, for a model with named columns",
    reason:
      "Rows without names are read in the order of the model's columns; MLflow reports all columns as missing.",
  },
  {
    models: ["typed"],
    bodies: /^(?:a column is missing|one missing and one more|CSV: a column missing)$/,
    shown: "a missing optional column",
    reason: "A missing optional column is filled with missing values; in MLflow the model fails.",
  },
  {
    models: ["typed", "floats"],
    bodies: /^CSV: a long row$/,
    shown: "CSV: a row longer than the header",
    reason: "A row longer than the header is an error; pandas uses the first column as the index.",
  },
];
