import { parseArgs } from "node:util";
import { AppError } from "@flightdeck/core";

/** What both entry points of the MLproject file take. */
export type CommonOptions = {
  /** Path or URL of the flights, a parquet file. */
  readonly fpath: string;
  /** The guide passes the conda file on; it is recorded with the run. */
  readonly condaEnv: string | undefined;
  readonly seed: number;
};

export type SearchOptions = CommonOptions & {
  readonly algo: string;
  readonly maxEvals: number;
  /** Upper end of `n_estimators` in the search space; the guide's is 1000. */
  readonly nEstimatorsMax: number;
};

export type SimpleOptions = CommonOptions & {
  readonly nEstimators: number;
  readonly maxFeatures: number;
  readonly maxDepth: number;
  readonly maxBins: number;
  readonly criterion: "gini" | "entropy";
};

export type Options =
  | { readonly entryPoint: "hyperopt"; readonly options: SearchOptions }
  | { readonly entryPoint: "simple"; readonly options: SimpleOptions };

const ENTRY_POINTS = ["hyperopt", "simple"];

/** Reads the command line of `train.ts`. Throws `INVALID_PARAMETER_VALUE` naming the option. */
export function parseOptions(argv: readonly string[]): Options {
  const [entryPoint, ...rest] = argv;
  const values = parseValues(rest);
  const common: CommonOptions = {
    fpath: values.fpath,
    condaEnv: values["conda-env"],
    seed: wholeNumber("seed", values.seed, 0),
  };
  switch (entryPoint) {
    case "hyperopt":
      return { entryPoint, options: { ...common, ...searchOptions(values) } };
    case "simple":
      return { entryPoint, options: { ...common, ...simpleOptions(values) } };
    default:
      throw new AppError(
        "INVALID_PARAMETER_VALUE",
        `the entry point must be one of ${ENTRY_POINTS.join(", ")}, got ${entryPoint ?? "none"}`,
      );
  }
}

type Values = ReturnType<typeof parseValues>;

function parseValues(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        fpath: { type: "string", default: "./airline_small.parquet" },
        "conda-env": { type: "string" },
        seed: { type: "string", default: "1" },
        algo: { type: "string", default: "tpe" },
        "max-evals": { type: "string", default: "20" },
        "n-estimators-max": { type: "string", default: "1000" },
        "n-estimators": { type: "string", default: "100" },
        "max-features": { type: "string", default: "0.33" },
        "max-depth": { type: "string", default: "10" },
        "n-bins": { type: "string", default: "255" },
        "split-criterion": { type: "string", default: "gini" },
      },
    });
    return values;
  } catch (cause) {
    // parseArgs throws TypeErrors whose message is meant for the user.
    throw new AppError("INVALID_PARAMETER_VALUE", cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

function searchOptions(values: Values): Omit<SearchOptions, keyof CommonOptions> {
  return {
    algo: values.algo,
    maxEvals: wholeNumber("max-evals", values["max-evals"], 1),
    nEstimatorsMax: wholeNumber("n-estimators-max", values["n-estimators-max"], 151),
  };
}

function simpleOptions(values: Values): Omit<SimpleOptions, keyof CommonOptions> {
  return {
    nEstimators: wholeNumber("n-estimators", values["n-estimators"], 1),
    maxFeatures: fraction("max-features", values["max-features"]),
    maxDepth: wholeNumber("max-depth", values["max-depth"], 1),
    maxBins: wholeNumber("n-bins", values["n-bins"], 2),
    criterion: splitCriterion(values["split-criterion"]),
  };
}

/** RAPIDS takes a name or its number. */
const SPLIT_CRITERIA = { gini: "gini", entropy: "entropy", 0: "gini", 1: "entropy" } as const;

function splitCriterion(text: string): SimpleOptions["criterion"] {
  const found = Object.entries(SPLIT_CRITERIA).find(([name]) => name === text);
  if (found !== undefined) return found[1];
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `--split-criterion must be gini (0) or entropy (1), got '${text}'`,
  );
}

function wholeNumber(option: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `--${option} must be a whole number of at least ${min}, got '${text}'`,
  );
}

function fraction(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new AppError("INVALID_PARAMETER_VALUE", `--${option} must be above 0 and at most 1, got '${text}'`);
}
