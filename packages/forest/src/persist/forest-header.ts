import { AppError, messageOf } from "@flightdeck/core";
import { CLASS_COUNT_MAX, type ClassLabel, type Feature, leafSizeOf, type Output } from "../forest.ts";
import { ESTIMATOR_NAMES, type EstimatorName, type ResolvedOptions, resolveOptions } from "../options.ts";

/** The file with the header, JSON. */
export const HEADER_FILE = "forest.json";
/** The file with the arrays, one after the other in the order of `ARRAY_NAMES`, then the importances; little-endian. */
export const ARRAYS_FILE = "forest.bin";

export const FORMAT = "flightdeck.random-forest";
/**
 * Incremented whenever older programs can no longer read the files. Version 1 had only classifiers, one bit less below
 * a node's feature, and neither category sets nor node weights; it can still be read.
 */
export const FORMAT_VERSION = 2;

/** The forest's arrays of 32-bit words, in file order. */
export const ARRAY_NAMES = ["roots", "nodes", "leaves", "categorySets", "nodeWeights"] as const;

export type ArrayName = (typeof ARRAY_NAMES)[number];

export type ForestHeader = {
  readonly format: typeof FORMAT;
  readonly version: 1 | typeof FORMAT_VERSION;
  readonly estimator: EstimatorName;
  readonly options: ResolvedOptions;
  readonly outputs: readonly Output[];
  readonly features: readonly Feature[];
  readonly oobScore?: number | undefined;
  /** The number of elements of each array. */
  readonly lengths: { readonly [Name in ArrayName]: number };
  /** The checksum of the arrays file, to detect damage. */
  readonly sha256: string;
};

/** The size of the arrays file in bytes. */
export function arrayBytes({ lengths, features }: Pick<ForestHeader, "lengths" | "features">): number {
  return ARRAY_NAMES.reduce((sum, name) => sum + lengths[name] * 4, features.length * 8);
}

type Fields = Partial<Record<string, unknown>>;

/** Parses a header. Throws INVALID_PARAMETER_VALUE with the reason if it is invalid. */
export function parseHeader(path: string, text: string): ForestHeader {
  const fields = parseObject(path, text);
  if (fields.format !== FORMAT) throw invalid(path, `format must be ${FORMAT}, got ${shown(fields.format)}`);
  const { version } = fields;
  if (version !== 1 && version !== FORMAT_VERSION) {
    throw invalid(path, `version must be 1 or ${FORMAT_VERSION}, got ${shown(version)}`);
  }
  const { sha256, oobScore } = fields;
  if (oobScore !== undefined && typeof oobScore !== "number")
    throw invalid(path, "oobScore must be a number");
  if (typeof sha256 !== "string") throw invalid(path, "sha256 must be a string");
  if (!isObject(fields.options)) throw invalid(path, "options must be an object");
  const contents = version === 1 ? parseVersion1(path, fields) : parseVersion2(path, fields);
  const options = resolveOptions(contents.estimator, fields.options);
  return { format: FORMAT, version, options, sha256, oobScore, ...contents };
}

type Contents = Pick<ForestHeader, "estimator" | "outputs" | "features" | "lengths">;

function parseVersion1(path: string, { classes, featureNames, lengths }: Fields): Contents {
  if (!isClasses(classes)) throw invalid(path, `classes must be 2..${CLASS_COUNT_MAX} different labels`);
  const features = Array.isArray(featureNames) ? featureNames.map((name: unknown) => ({ name })) : undefined;
  if (!areFeatures(features))
    throw invalid(path, "featureNames must be a list of one or more different strings");
  const known = isObject(lengths) ? { ...lengths, categorySets: 0, nodeWeights: 0 } : lengths;
  if (!areLengths(known)) throw invalid(path, "lengths must be the numbers of roots, nodes and leaves");
  return { estimator: "RandomForestClassifier", outputs: [{ name: "", classes }], features, lengths: known };
}

function parseVersion2(path: string, { estimator, outputs, features, lengths }: Fields): Contents {
  const name = ESTIMATOR_NAMES.find((known) => known === estimator);
  if (name === undefined)
    throw invalid(path, `estimator must be one of ${ESTIMATOR_NAMES.join(", ")}, got ${shown(estimator)}`);
  if (!areOutputs(outputs, name.endsWith("Classifier"))) {
    throw invalid(
      path,
      `outputs must be a list of names, each with 2..${CLASS_COUNT_MAX} different classes for a classifier`,
    );
  }
  if (!areFeatures(features)) throw invalid(path, "features must be a list of one or more different names");
  if (!areLengths(lengths)) throw invalid(path, `lengths must be the numbers of ${ARRAY_NAMES.join(", ")}`);
  if (lengths.leaves < leafSizeOf(outputs)) throw invalid(path, "lengths.leaves must hold one leaf at least");
  return { estimator: name, outputs, features, lengths };
}

function parseObject(path: string, text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    throw invalid(path, messageOf(cause));
  }
  throw invalid(path, "it must be a JSON object");
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areOutputs(value: unknown, hasClasses: boolean): value is readonly Output[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((output: unknown) => {
    if (!isObject(output) || typeof output.name !== "string") return false;
    return hasClasses ? isClasses(output.classes) : output.classes === undefined;
  });
}

function isClasses(value: unknown): value is readonly ClassLabel[] {
  if (!Array.isArray(value) || value.length < 2 || value.length > CLASS_COUNT_MAX) return false;
  const isLabel = (label: unknown): boolean => ["number", "string", "boolean"].includes(typeof label);
  return value.every(isLabel) && new Set(value).size === value.length;
}

function areFeatures(value: unknown): value is readonly Feature[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const names = value.map((feature: unknown) => (isObject(feature) ? feature.name : undefined));
  const areNames = names.every((name) => typeof name === "string") && new Set(names).size === names.length;
  return areNames && value.every(({ categories }: Fields) => areCategories(categories));
}

function areCategories(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    Array.isArray(value) &&
    value.every((name) => typeof name === "string") &&
    new Set(value).size === value.length
  );
}

function areLengths(value: unknown): value is ForestHeader["lengths"] {
  if (!isObject(value)) return false;
  const areCounts = ARRAY_NAMES.every(
    (name) => Number.isSafeInteger(value[name]) && Number(value[name]) >= 0,
  );
  return areCounts && Number(value.roots) > 0 && Number(value.nodes) > 0 && Number(value.leaves) > 0;
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "none";
}

function invalid(path: string, reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${path} is not a forest's header: ${reason}`);
}
