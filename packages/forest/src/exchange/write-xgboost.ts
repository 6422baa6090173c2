import { CATEGORY_BIT, FEATURE_SHIFT, isLeaf, type Link, MISSING_LEFT_BIT, NODE_WORDS } from "../forest.ts";
import { floatAbove } from "./assemble-forest.ts";
import type { PortableForest } from "./imported-forest.ts";

/** The XGBoost version of this format. Later versions and Treelite also read it. */
const XGBOOST_VERSION = [2, 1, 0];
const NO_PARENT = 2 ** 31 - 1;

type Objective = { readonly name: string; readonly parameters: object; readonly baseScore: number };

/** The objective for each link, with a base score that adds nothing to the sum. */
const OBJECTIVES: Readonly<Record<Exclude<Link, "softmax">, Objective>> = {
  identity: objective("reg:squarederror", "reg_loss_param", 0),
  logistic: objective("reg:logistic", "reg_loss_param", 0.5),
  exp: {
    name: "count:poisson",
    parameters: { poisson_regression_param: { max_delta_step: "0.7" } },
    baseScore: 1,
  },
};

/**
 * Writes the forest as an XGBoost model in JSON, which Treelite also reads. `Booster.predict` returns the same as our
 * forest: the values of a regression, the probability of the second of two classes, or the probability of each of
 * several classes. Our forests' probabilities are means, which XGBoost only supports as `reg:squarederror` with one
 * group of trees per class; forests that were boosted as classifiers keep their objective. The format has no class
 * labels or category names: categories are given as codes.
 */
export function writeXgboostModel(model: PortableForest): Uint8Array<ArrayBuffer> {
  const { forest, features } = model;
  const groups = groupsOf(model);
  const { name, parameters, baseScore } = objectiveOf(model);
  const isMulticlass = name === "multi:softprob";
  const isCategorical = categoricalFeatures(model);
  const trees = forest.roots.length * groups.length;
  const tail = {
    feature_names: features.map((feature) => feature.name),
    feature_types: features.map((_, i) => (isCategorical.has(i) ? "c" : "float")),
    attributes: {},
    learner_model_param: {
      base_score: String(baseScore),
      boost_from_average: "0",
      num_class: String(isMulticlass ? groups.length : 0),
      num_feature: String(forest.numFeatures),
      num_target: String(isMulticlass ? 1 : groups.length),
    },
    objective: { name, ...parameters },
  };
  const booster = {
    gbtree_model_param: { num_parallel_tree: String(forest.roots.length), num_trees: String(trees) },
    iteration_indptr: [0, trees],
    tree_info: Array.from(groups, (_, group) => Array.from(forest.roots, () => group)).flat(),
  };
  const parts = [
    `{"version":${JSON.stringify(XGBOOST_VERSION)},"learner":{${inner(tail)},`,
    `"gradient_booster":{"name":"gbtree","model":{${inner(booster)},"trees":[`,
  ];
  groups.forEach((valueOf, group) => {
    forest.roots.forEach((_, tree) => {
      parts.push(
        parts.length > 2 ? "," : "",
        treeOf(model, { tree, number: group * forest.roots.length + tree, valueOf }),
      );
    });
  });
  parts.push("]}}}}");
  return concatenated(parts);
}

function objective(name: string, parameter: string, baseScore: number): Objective {
  return { name, parameters: { [parameter]: { scale_pos_weight: "1" } }, baseScore };
}

function objectiveOf({ forest, outputs }: PortableForest): Objective {
  const link = forest.aggregation?.link ?? "identity";
  if (link !== "softmax") return OBJECTIVES[link];
  const classes = outputs[0]?.classes?.length ?? 0;
  if (classes === 2) return objective("binary:logistic", "reg_loss_param", 0.5);
  const parameters = { softmax_multiclass_param: { num_class: String(classes) } };
  return { name: "multi:softprob", parameters, baseScore: 0.5 };
}

/** Computes the value that one group of trees adds, from a leaf's values. */
type ValueOf = (values: ArrayLike<number>, at: number) => number;

function groupsOf({ forest, outputs }: PortableForest): readonly ValueOf[] {
  const isBinary = outputs.length === 1 && outputs[0]?.classes?.length === 2;
  if (!isBinary)
    return Array.from(
      { length: forest.leafSize },
      (_, k): ValueOf =>
        (values, at) =>
          values[at + k] ?? 0,
    );
  if (forest.aggregation?.link !== "softmax") return [(values, at) => values[at + 1] ?? 0];
  return [(values, at) => (values[at + 1] ?? 0) - (values[at] ?? 0)];
}

function categoricalFeatures({ forest }: PortableForest): Set<number> {
  const found = new Set<number>();
  for (let at = 0; at < forest.nodes.length; at += NODE_WORDS) {
    const head = forest.nodes[at] ?? 0;
    if (!isLeaf(head) && (head & CATEGORY_BIT) !== 0) found.add(head >>> FEATURE_SHIFT);
  }
  return found;
}

/** A tree of a group; `number` counts over all groups. */
type TreeInput = { readonly tree: number; readonly number: number; readonly valueOf: ValueOf };

function treeOf({ forest }: PortableForest, { tree, number, valueOf }: TreeInput): string {
  const { nodes, roots, thresholds, leaves, aggregation } = forest;
  const start = roots[tree] ?? 0;
  const count = ((roots[tree + 1] ?? nodes.length) - start) / NODE_WORDS;
  const divisor = aggregation?.divisor ?? roots.length;
  // The first tree also adds the initial value of the sum.
  const base = tree === 0 ? valueOf(aggregation?.base ?? [], 0) : 0;
  const list = (): number[] => Array.from({ length: count }, () => 0);
  const lists = {
    left_children: list().fill(-1),
    right_children: list().fill(-1),
    parents: list().fill(NO_PARENT),
    split_indices: list(),
    split_type: list(),
    default_left: list(),
  };
  const floats = {
    split_conditions: list(),
    base_weights: list(),
    sum_hessian: Array.from(
      { length: count },
      (_, node) => forest.nodeWeights[start / NODE_WORDS + node] ?? 0,
    ),
    loss_changes: list(),
  };
  const sets = new CategoryLists();
  for (let node = 0; node < count; node++) {
    const at = start + node * NODE_WORDS;
    const head = nodes[at] ?? 0;
    if (isLeaf(head)) {
      const value = (valueOf(leaves, nodes[at + 1] ?? 0) + base) / divisor;
      floats.split_conditions[node] = value;
      floats.base_weights[node] = value;
      continue;
    }
    const left = node + (nodes[at + 2] ?? 0) / NODE_WORDS;
    const isSet = (head & CATEGORY_BIT) !== 0;
    // In XGBoost, the categories in the set go right.
    lists.left_children[node] = isSet ? left + 1 : left;
    lists.right_children[node] = isSet ? left : left + 1;
    lists.parents[left] = node;
    lists.parents[left + 1] = node;
    lists.split_indices[node] = head >>> FEATURE_SHIFT;
    lists.split_type[node] = Number(isSet);
    lists.default_left[node] = Number(((head & MISSING_LEFT_BIT) !== 0) !== isSet);
    if (isSet) sets.add(node, codesAt(forest.categorySets, nodes[at + 1] ?? 0));
    // In XGBoost, values below the threshold go left; here, values up to the threshold.
    else floats.split_conditions[node] = floatAbove(thresholds[at + 1] ?? 0);
  }
  const parameters = { num_deleted: "0", num_feature: String(forest.numFeatures), num_nodes: String(count) };
  const rest = { id: number, ...lists, ...sets.lists, tree_param: { ...parameters, size_leaf_vector: "1" } };
  const texts = Object.entries(floats).map(
    ([name, values]) => `"${name}":[${values.map(floatText).join(",")}]`,
  );
  return `{${inner(rest)},${texts.join(",")}}`;
}

/** The nodes that split by categories, and the location of their codes. */
class CategoryLists {
  readonly lists = {
    categories: new Array<number>(),
    categories_nodes: new Array<number>(),
    categories_segments: new Array<number>(),
    categories_sizes: new Array<number>(),
  };

  add(node: number, codes: readonly number[]): void {
    this.lists.categories_nodes.push(node);
    this.lists.categories_segments.push(this.lists.categories.length);
    this.lists.categories_sizes.push(codes.length);
    this.lists.categories.push(...codes);
  }
}

function codesAt(sets: Uint32Array, at: number): number[] {
  const codes: number[] = [];
  for (let code = 0; code < (sets[at] ?? 0) * 32; code++)
    if (((sets[at + 1 + (code >>> 5)] ?? 0) >>> (code & 31)) & 1) codes.push(code);
  return codes;
}

/**
 * Nine digits distinguish all 32-bit floats. XGBoost takes a number without an exponent as an integer and refuses it.
 * An infinite threshold becomes the largest float.
 */
function floatText(value: number): string {
  return Math.fround(Math.min(Math.max(value, -FLOAT_MAX), FLOAT_MAX)).toExponential(8);
}

const FLOAT_MAX = (2 - 2 ** -23) * 2 ** 127;

/** The members of an object, without its braces. */
function inner(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}

function concatenated(parts: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoded = parts.map((part) => new TextEncoder().encode(part));
  const all = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of encoded) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
