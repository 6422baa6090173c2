import { parseArgs } from "node:util";
import { AppError } from "@flightdeck/core";

/** Options of both entry points in the MLproject file. */
export type CommonOptions = {
  /** Path or URL of the flights, a Parquet file. */
  readonly fpath: string;
  /** The guide passes the conda file on; it is recorded with the run. */
  readonly condaEnv: string | undefined;
  readonly seed: number;
};

export type SearchOptions = CommonOptions & {
  readonly algo: string;
  readonly maxEvals: number;
  /** Upper bound of `n_estimators` in the search space; the guide uses 1000. */
  readonly nEstimatorsMax: number;
  /**
   * Maximum number of concurrent evaluations. Undefined uses the executor's default: one in this process, or as many as
   * a cluster can run.
   */
  readonly parallelism: number | undefined;
  /** The Spark Connect server on whose executors evaluations run; undefined runs them in this process. */
  readonly spark: string | undefined;
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

/** Parses the command line of `train.ts`. Throws `INVALID_PARAMETER_VALUE` naming the option. */
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
        parallelism: { type: "string", default: "0" },
        spark: { type: "string", default: "none" },
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
    parallelism: wholeNumber("parallelism", values.parallelism, 0) || undefined,
    spark: sparkRemote(values.spark),
  };
}

/**
 * Parameters are recorded with the run, so an address with a token should not be one: `env` reads it from the
 * environment.
 */
function sparkRemote(text: string): string | undefined {
  if (text === "none") return undefined;
  if (text !== "env") return text;
  const { FLIGHTDECK_SPARK_REMOTE, SPARK_REMOTE } = process.env;
  const remote = SPARK_REMOTE ?? FLIGHTDECK_SPARK_REMOTE;
  if (remote !== undefined) return remote;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    "--spark env needs the address of a Spark Connect server in SPARK_REMOTE; a job on a cluster with workers has one",
  );
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

/** RAPIDS accepts a name or its number. */
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
