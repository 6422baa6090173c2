import { AppError } from "@flightdeck/core";
import type { ClassLabel, Link } from "../forest.ts";
import { assembleForest, type ForestShape, type PlainTree } from "./assemble-forest.ts";
import { ExactForest, thresholdsOf, withRanks } from "./exact-forest.ts";
import { ImportedForest } from "./imported-forest.ts";

/** Bits of a split's `decision_type` (LightGBM's tree.h). */
const CATEGORICAL_BIT = 1;
const DEFAULT_LEFT_BIT = 2;
const MISSING_SHIFT = 2;
/** The values that a split treats as missing: none, so that NaN counts as 0; zeros; NaN. */
const [MISSING_NONE, MISSING_ZERO] = [0, 1];

/** Each class has an entry in lists, which a small file could otherwise make arbitrarily long. */
const GROUP_COUNT_MAX = 2 ** 16;

type Objective = { readonly link: Link; readonly kind: "classes" | "value" };

const OBJECTIVES: ReadonlyMap<string, Objective> = new Map([
  ["binary", { link: "softmax", kind: "classes" }],
  ["multiclass", { link: "softmax", kind: "classes" }],
  ["cross_entropy", { link: "logistic", kind: "value" }],
  ...["poisson", "gamma", "tweedie"].map((name): [string, Objective] => [
    name,
    { link: "exp", kind: "value" },
  ]),
  ...[
    "regression",
    "regression_l1",
    "huber",
    "fair",
    "quantile",
    "mape",
    "lambdarank",
    "rank_xendcg",
    "custom",
  ].map((name): [string, Objective] => [name, { link: "identity", kind: "value" }]),
]);

/**
 * Reads the forest of a text file saved by LightGBM, boosted or in `rf` mode, with splits by thresholds and category
 * codes. A classifier's labels are 0, 1, …. LightGBM's thresholds are 64-bit; for 32-bit features every row takes the
 * same path, and predictions agree to about 1e-6.
 *
 * Throws NOT_IMPLEMENTED for linear trees, `zero_as_missing`, `multiclassova` and `reg_sqrt`, and
 * INVALID_PARAMETER_VALUE for a file that is damaged or not a model.
 */
export function readLightgbmModel(text: string): ImportedForest {
  const { trees, shape, classes, featureNames } = parseModel(text);
  return new ImportedForest({ forest: assembleForest(trees, shape), classes, featureNames });
}

/**
 * The same for rows of 64-bit numbers, which take the same path as in LightGBM for any values. Also throws
 * NOT_IMPLEMENTED for splits by categories.
 */
export function readExactLightgbmModel(text: string): ExactForest {
  const { trees, shape, classes, featureNames } = parseModel(text);
  if (trees.some(({ categories }) => (categories?.size ?? 0) > 0)) throw missing("splits by categories");
  const thresholds = thresholdsOf(trees, shape.numFeatures);
  const forest = assembleForest(
    trees.map((tree) => withRanks(tree, thresholds)),
    shape,
  );
  return new ExactForest(new ImportedForest({ forest, classes, featureNames }), thresholds);
}

type ParsedModel = {
  readonly trees: readonly PlainTree[];
  readonly shape: ForestShape;
  readonly classes: readonly ClassLabel[] | undefined;
  readonly featureNames: readonly string[] | undefined;
};

function parseModel(text: string): ParsedModel {
  const [head, ...treeBlocks] = blocksOf(text);
  if (head === undefined || !text.startsWith("tree\n")) throw invalid('it must begin with "tree"');
  const groups = Math.max(1, countOf(head, "num_tree_per_iteration"));
  const [name = "", ...settings] = (head.get("objective") ?? "custom").split(" ");
  if (groups > GROUP_COUNT_MAX) throw missing(`more than ${GROUP_COUNT_MAX} classes`);
  const objective = OBJECTIVES.get(name);
  if (objective === undefined || settings.includes("sqrt"))
    throw missing(`the objective ${head.get("objective")}`);
  const values = objective.kind === "classes" && groups === 1 ? 2 : groups;
  // A binary classifier may scale the sum of the trees.
  const scale = Number(
    settings.find((setting) => setting.startsWith("sigmoid:"))?.slice("sigmoid:".length) ?? 1,
  );
  const trees = treeBlocks.map((block, i) => treeOf(block, { place: (i % groups) + values - groups, scale }));
  const shape: ForestShape = {
    numFeatures: countOf(head, "max_feature_idx") + 1,
    leafSize: values,
    aggregation: {
      base: Array.from({ length: values }, () => 0),
      divisor: head.has("average_output") ? Math.max(1, trees.length / groups) : 1,
      link: objective.link,
    },
  };
  const classes: ClassLabel[] | undefined =
    objective.kind === "classes" ? Array.from({ length: values }, (_, k) => k) : undefined;
  return { trees, shape, classes, featureNames: head.get("feature_names")?.split(" ") };
}

type Block = ReadonlyMap<string, string>;

/** The `name=value` lines of the head and of each tree. */
function blocksOf(text: string): Block[] {
  const end = text.indexOf("\nend of trees");
  if (end === -1) throw invalid('it is cut off, or was never one: it must have a line "end of trees"');
  const blocks: Map<string, string>[] = [new Map()];
  for (const line of text.slice(0, end).split("\n")) {
    const equals = line.indexOf("=");
    const name = equals === -1 ? line : line.slice(0, equals);
    if (name === "Tree") blocks.push(new Map());
    blocks.at(-1)?.set(name, equals === -1 ? "" : line.slice(equals + 1).trimEnd());
  }
  return blocks;
}

/** The index of the leaf value that a tree adds to, and the factor of its leaves. */
type TreePart = { readonly place: number; readonly scale: number };

/** Splits come first, then leaves. A child is the number of a split, or the bitwise complement of a leaf's number. */
function treeOf(block: Block, { place, scale }: TreePart): PlainTree {
  if (countOf(block, "is_linear") > 0) throw missing("linear trees");
  const leafValues = numbersOf(block, "leaf_value");
  if (leafValues.length !== countOf(block, "num_leaves"))
    throw invalid("leaf_value must have a number for each leaf");
  const splits = leafValues.length - 1;
  const lists = {
    feature: numbersOf(block, "split_feature", splits),
    threshold: numbersOf(block, "threshold", splits),
    kinds: numbersOf(block, "decision_type", splits),
    left: numbersOf(block, "left_child", splits),
    right: numbersOf(block, "right_child", splits),
  };
  const nodeCount = splits + leafValues.length;
  const padded = (list: readonly number[], rest: number): number[] =>
    Array.from({ length: nodeCount }, (_, node) => list[node] ?? rest);
  const child = (number: number): number => (number < 0 ? splits + ~number : number);
  return {
    feature: padded(lists.feature, 0),
    threshold: padded(lists.threshold, 0),
    missingLeft: padded(
      lists.kinds.map((kind, node) => missingLeft(kind, lists.threshold[node] ?? 0)),
      0,
    ),
    left: padded(lists.left.map(child), -1),
    right: padded(lists.right.map(child), -1),
    values: Array.from({ length: nodeCount }, (_, node) => (leafValues[node - splits] ?? 0) * scale),
    place,
    categories: categoriesOf(block, lists.kinds, lists.threshold),
  };
}

function missingLeft(kind: number, threshold: number): number {
  if ((kind & CATEGORICAL_BIT) !== 0) return 0;
  const side = (kind >> MISSING_SHIFT) & 3;
  if (side === MISSING_ZERO) throw missing("zero_as_missing");
  return side === MISSING_NONE ? Number(threshold >= 0) : Number((kind & DEFAULT_LEFT_BIT) !== 0);
}

/** The category codes of each categorical split, whose threshold is the number of its bit set. */
function categoriesOf(
  block: Block,
  kinds: readonly number[],
  thresholds: readonly number[],
): Map<number, number[]> {
  const sets = new Map<number, number[]>();
  if (countOf(block, "num_cat") === 0) return sets;
  const starts = numbersOf(block, "cat_boundaries");
  const words = numbersOf(block, "cat_threshold");
  let rest = words.length; // Sets do not overlap.
  kinds.forEach((kind, node) => {
    if ((kind & CATEGORICAL_BIT) === 0) return;
    const [start = -1, end = -1] = [starts[thresholds[node] ?? -1], starts[(thresholds[node] ?? -1) + 1]];
    rest -= end - start;
    if (!(start >= 0 && end >= start && end <= words.length && rest >= 0))
      throw invalid(`the categories of split ${node} are missing`);
    const codes: number[] = [];
    for (let word = start; word < end; word++)
      for (let bit = 0; bit < 32; bit++)
        if (((words[word] ?? 0) >>> bit) & 1) codes.push((word - start) * 32 + bit);
    sets.set(node, codes);
  });
  return sets;
}

function numbersOf(block: Block, name: string, length?: number): number[] {
  const text = block.get(name) ?? "";
  const numbers = text === "" ? [] : text.split(" ").map(Number);
  if (numbers.some((number) => Number.isNaN(number)) || (length !== undefined && numbers.length !== length))
    throw invalid(`${name} must be ${length ?? "a list of"} numbers`);
  return numbers;
}

function countOf(block: Block, name: string): number {
  const count = Number(block.get(name) ?? 0);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw invalid(`${name} must be a whole number`);
}

function missing(what: string): AppError {
  return new AppError("NOT_IMPLEMENTED", `${what} of LightGBM cannot be read`);
}

function invalid(reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `this is not a LightGBM model: ${reason}`);
}
