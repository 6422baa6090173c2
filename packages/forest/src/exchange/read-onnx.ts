import { AppError } from "@flightdeck/core";
import type { Aggregation, ClassLabel, WalkForest } from "../forest.ts";
import { assembleForest, checkLeafValues, floatBelow, type PlainTree } from "./assemble-forest.ts";
import { ImportedForest } from "./imported-forest.ts";
import { bytesOf, type Field, readFields, readPackedFloats, readPackedInts, textOf } from "./protobuf.ts";

/** Graph nodes that do not change the predictions. */
const HARMLESS: ReadonlySet<string> = new Set(["Cast", "ZipMap", "Identity", "Reshape"]);

/**
 * Reads the forest of an ONNX file with one TreeEnsembleClassifier or TreeEnsembleRegressor, as written by skl2onnx and
 * onnxmltools for scikit-learn, XGBoost and LightGBM. Supports the node modes BRANCH_LEQ, LT, GTE and GT.
 *
 * Throws INVALID_PARAMETER_VALUE for anything else, such as a pipeline with steps before the trees, and for a damaged
 * file; NOT_IMPLEMENTED for 64-bit trees.
 */
export function readOnnxForest(bytes: Uint8Array): ImportedForest {
  const graph = messageOf(bytes, 7, "a graph");
  const nodes = [...readFields(graph)].flatMap(({ number, value }) =>
    number === 1 ? [readNode(bytesOf(value))] : [],
  );
  const ensembles = nodes.filter(({ op }) => op.startsWith("TreeEnsemble"));
  const foreign = nodes.find(({ op }) => !op.startsWith("TreeEnsemble") && !HARMLESS.has(op));
  const [ensemble] = ensembles;
  if (ensemble === undefined || ensembles.length > 1 || foreign !== undefined) {
    const found = nodes.map(({ op }) => op).join(", ");
    throw invalid(`its graph must be one tree ensemble, got ${found === "" ? "no nodes" : found}`);
  }
  if (ensemble.op === "TreeEnsembleClassifier") return readClassifier(ensemble.attributes, graph);
  if (ensemble.op === "TreeEnsembleRegressor") return readRegressor(ensemble.attributes, graph);
  throw invalid(`its trees must be a TreeEnsembleClassifier or TreeEnsembleRegressor, got ${ensemble.op}`);
}

/** The operator's attributes by name. */
class Attributes {
  readonly #byName: ReadonlyMap<string, readonly Field[]>;

  constructor(byName: ReadonlyMap<string, readonly Field[]>) {
    this.#byName = byName;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  ints(name: string): number[] {
    return this.#values(name, 8).flatMap((value) =>
      typeof value === "number" ? [value] : readPackedInts(value),
    );
  }

  floats(name: string): number[] {
    return this.#values(name, 7).flatMap((value) =>
      typeof value === "number" ? [value] : [...readPackedFloats(value)],
    );
  }

  strings(name: string): string[] {
    return this.#values(name, 9).map(textOf);
  }

  text(name: string, fallback: string): string {
    const [value] = this.#values(name, 4);
    return value === undefined ? fallback : textOf(value);
  }

  int(name: string, fallback: number): number {
    const [value] = this.#values(name, 3);
    return typeof value === "number" ? value : fallback;
  }

  #values(name: string, field: number): Field["value"][] {
    return (this.#byName.get(name) ?? []).flatMap(({ number, value }) => (number === field ? [value] : []));
  }
}

type GraphNode = { readonly op: string; readonly attributes: Attributes };

function readNode(bytes: Uint8Array): GraphNode {
  let op = "";
  const byName = new Map<string, readonly Field[]>();
  for (const { number, value } of readFields(bytes)) {
    if (number === 4) op = textOf(value);
    if (number !== 5) continue;
    const fields = [...readFields(bytesOf(value))];
    const name = fields.find((field) => field.number === 1);
    if (name !== undefined) byName.set(textOf(name.value), fields);
  }
  return { op, attributes: new Attributes(byName) };
}

function readClassifier(attributes: Attributes, graph: Uint8Array): ImportedForest {
  const texts = attributes.strings("classlabels_strings");
  const classes: readonly ClassLabel[] = texts.length > 0 ? texts : attributes.ints("classlabels_int64s");
  if (classes.length < 2) throw invalid(`it must name at least two classes, got ${classes.length}`);
  const weights = readWeights(attributes, "class");
  // Two classes may have a single score, that of the second class; the specification calls this the binary case.
  const isOneScore = classes.length === 2 && new Set(weights.ids).size <= 1;
  const link = attributes.text("post_transform", "NONE");
  const base = attributes.floats("base_values");
  const values = isOneScore ? oneScoreValues(weights, link) : weights;
  const aggregation = isOneScore
    ? {
        base: link === "NONE" ? [1 - (base.at(-1) ?? 0), base.at(-1) ?? 0] : [0, base.at(-1) ?? 0],
        divisor: 1,
        link: linkOf(link, isOneScore),
      }
    : { base: padded(base, classes.length), divisor: 1, link: linkOf(link, isOneScore) };
  const forest = readForest(attributes, values, {
    leafSize: classes.length,
    numFeatures: inputWidth(graph),
    aggregation,
  });
  return new ImportedForest({ forest, classes });
}

function readRegressor(attributes: Attributes, graph: Uint8Array): ImportedForest {
  const leafSize = attributes.int("n_targets", 1);
  if (!(leafSize >= 1)) throw invalid(`n_targets must be at least 1, got ${leafSize}`);
  checkLeafValues(1, leafSize);
  const weights = readWeights(attributes, "target");
  const treeCount = new Set(attributes.ints("nodes_treeids")).size;
  const how = attributes.text("aggregate_function", "SUM");
  if (how !== "SUM" && how !== "AVERAGE")
    throw invalid(`aggregate_function must be SUM or AVERAGE, got ${how}`);
  const divisor = how === "SUM" ? 1 : treeCount;
  const base = padded(attributes.floats("base_values"), leafSize).map((value) => value * divisor);
  const transform = attributes.text("post_transform", "NONE");
  if (transform !== "NONE") throw invalid(`post_transform of a regression must be NONE, got ${transform}`);
  const aggregation = { base, divisor, link: "identity" as const };
  const forest = readForest(attributes, weights, { leafSize, numFeatures: inputWidth(graph), aggregation });
  return new ImportedForest({ forest });
}

/** The weights that leaves add: weight i belongs to value `ids[i]` of a node. */
type LeafWeights = {
  readonly treeIds: readonly number[];
  readonly nodeIds: readonly number[];
  readonly ids: readonly number[];
  readonly weights: readonly number[];
};

function readWeights(attributes: Attributes, kind: "class" | "target"): LeafWeights {
  const weights = {
    treeIds: attributes.ints(`${kind}_treeids`),
    nodeIds: attributes.ints(`${kind}_nodeids`),
    ids: attributes.ints(`${kind}_ids`),
    weights: attributes.floats(`${kind}_weights`),
  };
  const lengths = new Set(Object.values(weights).map(({ length }) => length));
  if (lengths.size !== 1) throw invalid(`its lists of ${kind} weights must have the same length`);
  return weights;
}

/**
 * Expands one score to two values: without a link the first class gets the complement to 1, with a link its score is 0.
 */
function oneScoreValues(weights: LeafWeights, link: string): LeafWeights {
  const second = { ...weights, ids: weights.ids.map(() => 1) };
  if (link !== "NONE") return second;
  return {
    treeIds: [...second.treeIds, ...second.treeIds],
    nodeIds: [...second.nodeIds, ...second.nodeIds],
    ids: [...second.ids, ...second.ids.map(() => 0)],
    weights: [...second.weights, ...second.weights.map((weight) => -weight)],
  };
}

function linkOf(transform: string, isOneScore: boolean): Aggregation["link"] {
  if (transform === "NONE") return "identity";
  // The logistic function of one score is the softmax of 0 and that score.
  if (transform === (isOneScore ? "LOGISTIC" : "SOFTMAX")) return "softmax";
  throw new AppError("NOT_IMPLEMENTED", `post_transform ${transform} of this ONNX file cannot be read`);
}

function padded(base: readonly number[], length: number): number[] {
  if (base.length !== 0 && base.length !== length)
    throw invalid(`base_values must be ${length} numbers, got ${base.length}`);
  return Array.from({ length }, (_, k) => base[k] ?? 0);
}

/** The number of columns of the graph's input; 0 if unspecified. */
function inputWidth(graph: Uint8Array): number {
  const input = messageOf(graph, 11, "an input");
  const shape = messageOf(messageOf(messageOf(input, 2, "a type"), 1, "a tensor"), 2, "a shape");
  const dimensions = [...readFields(shape)].flatMap(({ number, value }) =>
    number === 1 ? [bytesOf(value)] : [],
  );
  const width = [...readFields(dimensions[1] ?? new Uint8Array())].find(({ number }) => number === 1)?.value;
  return typeof width === "number" ? width : 0;
}

type Shape = { readonly leafSize: number; readonly numFeatures: number; readonly aggregation: Aggregation };

function readForest(attributes: Attributes, weights: LeafWeights, shape: Shape): WalkForest {
  const features = attributes.ints("nodes_featureids");
  const widest = features.reduce((highest, feature) => Math.max(highest, feature + 1), 1);
  const trees = readTrees(attributes, features, shape.leafSize);
  weights.weights.forEach((weight, i) => {
    const tree = trees.get(weights.treeIds[i] ?? -1);
    const place = tree?.places.get(weights.nodeIds[i] ?? -1);
    const value = weights.ids[i] ?? -1;
    if (tree === undefined || place === undefined || !(value >= 0 && value < shape.leafSize)) {
      throw invalid(`weight ${i} belongs to a missing node or class`);
    }
    tree.values[place * shape.leafSize + value] = (tree.values[place * shape.leafSize + value] ?? 0) + weight;
  });
  const plain = Array.from(trees.values(), (tree) => tree.plain());
  return assembleForest(plain, { ...shape, numFeatures: shape.numFeatures > 0 ? shape.numFeatures : widest });
}

function readTrees(
  attributes: Attributes,
  features: readonly number[],
  leafSize: number,
): Map<number, OnnxTree> {
  const lists = {
    treeIds: attributes.ints("nodes_treeids"),
    nodeIds: attributes.ints("nodes_nodeids"),
    values: attributes.floats("nodes_values"),
    modes: attributes.strings("nodes_modes"),
    trueIds: attributes.ints("nodes_truenodeids"),
    falseIds: attributes.ints("nodes_falsenodeids"),
  };
  if (attributes.has("nodes_values_as_tensor"))
    throw new AppError("NOT_IMPLEMENTED", "the 64-bit trees of this ONNX file cannot be read");
  const lengths = new Set([features.length, ...Object.values(lists).map(({ length }) => length)]);
  if (lengths.size !== 1) throw invalid("its lists of nodes must have the same length");
  checkLeafValues(features.length, leafSize);
  const tracksTrue = attributes.ints("nodes_missing_value_tracks_true");
  const trees = new Map<number, OnnxTree>();
  lists.treeIds.forEach((id, i) => {
    const tree = trees.get(id) ?? new OnnxTree(leafSize);
    trees.set(id, tree);
    tree.addNode(lists.nodeIds[i] ?? 0, {
      mode: lists.modes[i] ?? "",
      feature: features[i] ?? 0,
      value: lists.values[i] ?? 0,
      tracksTrue: tracksTrue[i] === 1,
      onTrue: lists.trueIds[i] ?? -1,
      onFalse: lists.falseIds[i] ?? -1,
    });
  });
  return trees;
}

type OnnxNode = {
  readonly mode: string;
  readonly feature: number;
  readonly value: number;
  readonly tracksTrue: boolean;
  readonly onTrue: number;
  readonly onFalse: number;
};

/** A tree whose nodes have arbitrary ids; the first node is the root. */
class OnnxTree {
  /** Maps a node's id to its index in the lists. */
  readonly places = new Map<number, number>();
  readonly values: number[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #leafSize: number;

  constructor(leafSize: number) {
    this.#leafSize = leafSize;
  }

  addNode(id: number, node: OnnxNode): void {
    if (this.places.has(id)) throw invalid(`a tree has node ${id} twice`);
    this.places.set(id, this.#nodes.length);
    this.#nodes.push(node);
    for (let k = 0; k < this.#leafSize; k++) this.values.push(0);
  }

  plain(): PlainTree {
    const rules = this.#nodes.map(ruleOf);
    const placeOf = (id: number): number => this.places.get(id) ?? this.#nodes.length;
    const child = (side: "left" | "right"): number[] =>
      rules.map((rule) => (rule === undefined ? -1 : placeOf(rule[side])));
    return {
      feature: this.#nodes.map(({ feature }) => feature),
      threshold: rules.map((rule) => rule?.threshold ?? 0),
      missingLeft: rules.map((rule) => Number(rule?.missingLeft ?? false)),
      left: child("left"),
      right: child("right"),
      values: this.values,
    };
  }
}

type Rule = {
  readonly threshold: number;
  readonly missingLeft: boolean;
  readonly left: number;
  readonly right: number;
};

/** The node's rule in the form "values up to the threshold go left"; undefined for a leaf. */
function ruleOf({ mode, value, tracksTrue, onTrue, onFalse }: OnnxNode): Rule | undefined {
  const straight = { missingLeft: tracksTrue, left: onTrue, right: onFalse };
  const turned = { missingLeft: !tracksTrue, left: onFalse, right: onTrue };
  switch (mode) {
    case "LEAF":
      return undefined;
    case "BRANCH_LEQ":
      return { threshold: value, ...straight };
    case "BRANCH_LT":
      return { threshold: floatBelow(value), ...straight };
    case "BRANCH_GT":
      return { threshold: value, ...turned };
    case "BRANCH_GTE":
      return { threshold: floatBelow(value), ...turned };
    default:
      throw invalid(`a node's mode must be LEAF, BRANCH_LEQ, LT, GT or GTE, got ${mode}`);
  }
}

/** The last field with that number, as a message. */
function messageOf(bytes: Uint8Array, field: number, what: string): Uint8Array {
  const value = [...readFields(bytes)].find(({ number }) => number === field)?.value;
  if (value === undefined) throw invalid(`it must have ${what}`);
  return bytesOf(value);
}

function invalid(reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `this ONNX file cannot be read: ${reason}`);
}
