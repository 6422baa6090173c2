import { AppError, messageOf, parseUntrustedJson } from "@flightdeck/core";
import type { Aggregation, ClassLabel, Link } from "../forest.ts";
import { assembleForest, floatBelow, type PlainTree } from "./assemble-forest.ts";
import { ImportedForest } from "./imported-forest.ts";
import { readUbjson } from "./ubjson.ts";

/** Each class or target has an entry in lists, which a small file could otherwise make arbitrarily long. */
const GROUP_COUNT_MAX = 2 ** 16;

/**
 * The link that an objective applies to the sum of the trees, and to the base score, which the file gives in units of
 * the prediction.
 */
type Objective = {
  readonly link: Link;
  readonly kind: "classes" | "value";
  readonly margin: (base: number) => number;
};

const same = (base: number): number => base;
const logit = (base: number): number => -Math.log(1 / base - 1);

/** Objectives by name prefix; longer prefixes come first. */
const OBJECTIVES: readonly (readonly [prefix: string, objective: Objective])[] = [
  ["binary:logistic", { link: "softmax", kind: "classes", margin: logit }],
  ["binary:logitraw", { link: "identity", kind: "value", margin: same }],
  ["multi:soft", { link: "softmax", kind: "classes", margin: same }],
  ["reg:logistic", { link: "logistic", kind: "value", margin: logit }],
  ["reg:gamma", { link: "exp", kind: "value", margin: Math.log }],
  ["reg:tweedie", { link: "exp", kind: "value", margin: Math.log }],
  ["count:poisson", { link: "exp", kind: "value", margin: Math.log }],
  ["reg:", { link: "identity", kind: "value", margin: same }],
  ["rank:", { link: "identity", kind: "value", margin: same }],
];

/**
 * Reads the forest of a model saved by XGBoost, as JSON text or as UBJSON (its default): boosters `gbtree` and `dart`,
 * splits by thresholds and category codes, and the objectives `binary:logistic` and `binary:logitraw`, `multi:softprob`
 * and `multi:softmax`, `count:poisson`, `reg:…` and `rank:…`. A classifier's labels are 0, 1, …. All rounds are used,
 * as in `Booster.predict`; `upToBestRound` omits those after the best one, as the scikit-learn wrappers do.
 *
 * Predictions agree with XGBoost's to about 1e-6, since it sums in 32 bits. Throws NOT_IMPLEMENTED for other boosters,
 * other objectives and trees with several values per leaf; INVALID_PARAMETER_VALUE for a file that is damaged or not a
 * model.
 */
export function readXgboostModel(
  model: Uint8Array | string,
  { upToBestRound = false }: { readonly upToBestRound?: boolean | undefined } = {},
): ImportedForest {
  const learner = objectAt(documentOf(model), "learner");
  const booster = objectAt(learner, "gradient_booster");
  const objectiveName = textAt(objectAt(learner, "objective"), "name");
  const objective = OBJECTIVES.find(([prefix]) => objectiveName.startsWith(prefix))?.[1];
  if (objective === undefined) throw missing(`the objective ${objectiveName}`);
  const parameters = objectAt(learner, "learner_model_param");
  const groups = Math.max(countAt(parameters, "num_class"), countAt(parameters, "num_target"), 1);
  if (groups > GROUP_COUNT_MAX) throw missing(`more than ${GROUP_COUNT_MAX} classes or targets`);
  const values = objective.kind === "classes" && groups === 1 ? 2 : groups;
  const trees = treesOf(booster, groups, values);
  const count = upToBestRound ? treesUpToBestRound(learner, booster) : undefined;
  const forest = assembleForest(trees.slice(0, count), {
    numFeatures: countAt(parameters, "num_feature"),
    leafSize: values,
    aggregation: aggregationOf(parameters, objective, groups, values),
  });
  const classes: ClassLabel[] | undefined =
    objective.kind === "classes" ? Array.from({ length: values }, (_, k) => k) : undefined;
  const predictsLabels = objectiveName === "multi:softmax";
  return new ImportedForest({ forest, classes, featureNames: featureNamesOf(learner), predictsLabels });
}

/** The number of trees in the rounds up to the best one; undefined if training was not stopped early. */
function treesUpToBestRound(learner: Fields, booster: Fields): number | undefined {
  const attributes = learner.attributes === undefined ? {} : objectAt(learner, "attributes");
  if (attributes.best_iteration === undefined) return undefined;
  const name = textAt(booster, "name");
  const model = objectAt(name === "dart" ? objectAt(booster, "gbtree") : booster, "model");
  const end = numbersAt(model, "iteration_indptr")[countAt(attributes, "best_iteration") + 1] ?? -1;
  if (end > 0 && Number.isInteger(end)) return end;
  throw invalid("best_iteration must be a round");
}

function aggregationOf(
  parameters: Fields,
  { link, margin }: Objective,
  groups: number,
  values: number,
): Aggregation {
  const text = textAt(parameters, "base_score"); // A number, or a list with one number or one for each group.
  const given = text.replaceAll(/[[\]]/g, "").split(",").map(Number);
  const bases = Array.from({ length: groups }, (_, k) =>
    margin(given[given.length === 1 ? 0 : k] ?? Number.NaN),
  );
  if (bases.some((base) => !Number.isFinite(base))) throw invalid(`base_score must be numbers, got ${text}`);
  return { base: values > groups ? [0, ...bases] : bases, divisor: 1, link };
}

/** Names are absent if the model was trained on a matrix. */
function featureNamesOf(learner: Fields): string[] | undefined {
  const names = learner.feature_names;
  if (!Array.isArray(names) || names.length === 0) return undefined;
  return names.map(String);
}

function treesOf(booster: Fields, groups: number, values: number): PlainTree[] {
  const name = textAt(booster, "name");
  if (name !== "gbtree" && name !== "dart") throw missing(`the booster ${name}`);
  const model = objectAt(name === "dart" ? objectAt(booster, "gbtree") : booster, "model");
  const trees = listAt(model, "trees");
  const groupOf = numbersAt(model, "tree_info");
  const weights = name === "dart" ? numbersAt(booster, "weight_drop") : undefined;
  if (groupOf.length !== trees.length || (weights !== undefined && weights.length !== trees.length))
    throw invalid("tree_info and weight_drop must have an entry for each tree");
  return trees.map((tree, i) => {
    const group = groupOf[i] ?? -1;
    if (!(group >= 0 && group < groups)) throw invalid(`tree_info must hold 0..${groups - 1}, got ${group}`);
    return treeOf(fieldsOf(tree, "a tree"), {
      place: group + values - groups,
      weight: weights?.[i] ?? 1,
    });
  });
}

/** The index of the leaf value that a tree adds to, and the tree's weight. */
type TreePart = { readonly place: number; readonly weight: number };

function treeOf(tree: Fields, { place, weight }: TreePart): PlainTree {
  if (countAt(objectAt(tree, "tree_param"), "size_leaf_vector") > 1)
    throw missing("trees with several values per leaf");
  const [left, right] = [numbersAt(tree, "left_children"), numbersAt(tree, "right_children")];
  const [feature, conditions] = [numbersAt(tree, "split_indices"), numbersAt(tree, "split_conditions")];
  const defaultLeft = numbersAt(tree, "default_left");
  const lengths = new Set([left, right, feature, conditions, defaultLeft].map(({ length }) => length));
  if (lengths.size !== 1) throw invalid("the lists of a tree must have the same length");
  const categories = categoriesOf(tree, left.length);
  const isTurned = (node: number): boolean => categories.has(node);
  return {
    feature,
    // In XGBoost, values below the threshold go left; here, values up to the threshold.
    threshold: Float32Array.from(conditions, (value) => floatBelow(Math.fround(value))),
    missingLeft: Uint8Array.from(defaultLeft, (isLeft, node) => Number((isLeft !== 0) !== isTurned(node))),
    // The listed categories go right in XGBoost, and left here.
    left: Int32Array.from(left, (child, node) => (isTurned(node) ? (right[node] ?? -1) : child)),
    right: Int32Array.from(right, (child, node) => (isTurned(node) ? (left[node] ?? -1) : child)),
    values: Float64Array.from(conditions, (value) => value * weight),
    place,
    categories,
    weights: tree.sum_hessian === undefined ? undefined : numbersAt(tree, "sum_hessian"),
  };
}

/** The category codes of each categorical split. */
function categoriesOf(tree: Fields, nodeCount: number): Map<number, number[]> {
  if (tree.categories_nodes === undefined) return new Map();
  const codes = numbersAt(tree, "categories");
  const starts = numbersAt(tree, "categories_segments");
  const sizes = numbersAt(tree, "categories_sizes");
  const nodes = Array.from(numbersAt(tree, "categories_nodes"));
  const total = nodes.reduce((sum, _, i) => sum + (sizes[i] ?? 0), 0);
  if (total > codes.length) throw invalid("categories of nodes must not overlap");
  return new Map(
    nodes.map((node, i) => {
      const [start, size] = [starts[i] ?? -1, sizes[i] ?? -1];
      const isSound =
        node >= 0 && node < nodeCount && start >= 0 && size >= 0 && start + size <= codes.length;
      if (!isSound) throw invalid(`the categories of node ${node} are missing`);
      return [node, Array.from({ length: size }, (_, k) => codes[start + k] ?? -1)];
    }),
  );
}

type Fields = Readonly<Partial<Record<string, unknown>>>;

function documentOf(model: Uint8Array | string): Fields {
  const isText = typeof model === "string" || isJson(model);
  if (!isText) return fieldsOf(readUbjson(model), "a model");
  try {
    return fieldsOf(
      parseUntrustedJson(typeof model === "string" ? model : new TextDecoder().decode(model)),
      "a model",
    );
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw invalid(messageOf(cause));
  }
}

/** Both formats begin with a brace. In UBJSON the length of a key follows, which begins with a letter. */
function isJson(bytes: Uint8Array): boolean {
  const second = bytes.subarray(1).find((byte) => !" \n\r\t".includes(String.fromCharCode(byte)));
  return second === 0x22 || second === 0x7d; // A quote or the closing brace.
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields; // Just checked.
  throw invalid(`${what} must be an object`);
}

function objectAt(fields: Fields, name: string): Fields {
  return fieldsOf(fields[name], name);
}

function textAt(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw invalid(`${name} must be text`);
}

/** XGBoost writes parameters as text. */
function countAt(fields: Fields, name: string): number {
  const count = Number(fields[name] ?? 0);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw invalid(`${name} must be a whole number`);
}

function listAt(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (Array.isArray(value)) return value;
  throw invalid(`${name} must be a list`);
}

function numbersAt(fields: Fields, name: string): ArrayLike<number> {
  const value = fields[name];
  if (value instanceof Float64Array) return value;
  if (Array.isArray(value)) {
    const numbers = Float64Array.from(value, (entry) =>
      typeof entry === "object" ? Number.NaN : Number(entry),
    );
    if (!numbers.some((entry) => Number.isNaN(entry))) return numbers;
  }
  throw invalid(`${name} must be a list of numbers`);
}

function missing(what: string): AppError {
  return new AppError("NOT_IMPLEMENTED", `${what} of XGBoost cannot be read`);
}

function invalid(reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `this is not an XGBoost model: ${reason}`);
}
