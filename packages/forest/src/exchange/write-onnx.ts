import { AppError } from "@flightdeck/core";
import { type ClassLabel, FEATURE_SHIFT, isLeaf, MISSING_LEFT_BIT, NODE_WORDS } from "../forest.ts";
import type { PortableForest } from "./imported-forest.ts";
import { MessageWriter } from "./protobuf.ts";

/*
 * Field and enum numbers are from onnx.proto (github.com/onnx/onnx); the attributes are those of the operators
 * TreeEnsembleClassifier and TreeEnsembleRegressor, version 3
 * (onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleClassifier.html).
 */
const IR_VERSION = 8;
const OPSET = 17;
const ML_OPSET = 3;
const FLOAT = 1;
const INT64 = 7;
const STRING = 8;

/**
 * Writes the forest as an ONNX model: one tree ensemble of `ai.onnx.ml` version 3, input `X` (float, rows × features),
 * outputs `label` and `probabilities` (float, rows × classes), or `variable` (float, rows × targets) for a regression.
 * Booleans become the labels 0 and 1. Probabilities agree with ours to about 1e-7, since sums are 32-bit.
 *
 * Throws NOT_IMPLEMENTED for splits by categories and for classifiers with several outputs, which these operators do
 * not support.
 */
export function writeOnnxForest(model: PortableForest): Uint8Array<ArrayBuffer> {
  const { forest, outputs } = model;
  if (forest.categorySets.length > 0) throw missing("splits by categories");
  const classes = outputs[0]?.classes;
  if (classes !== undefined && outputs.length > 1) throw missing("classifiers of several outputs");
  const link = forest.aggregation?.link ?? "identity";
  const isExp = link === "exp";
  const node = ensembleNode(model, isExp ? "raw" : "variable");
  const graph = new MessageWriter().message(1, node);
  if (isExp) graph.message(1, new MessageWriter().text(1, "raw").text(2, "variable").text(4, "Exp"));
  graph.text(2, "forest").message(11, valueInfo("X", FLOAT, forest.numFeatures));
  if (classes === undefined) graph.message(12, valueInfo("variable", FLOAT, forest.leafSize));
  else {
    graph.message(12, valueInfo("label", typeof classes[0] === "string" ? STRING : INT64));
    graph.message(12, valueInfo("probabilities", FLOAT, forest.leafSize));
  }
  return new MessageWriter()
    .int(1, IR_VERSION)
    .text(2, "flightdeck")
    .message(7, graph)
    .message(8, new MessageWriter().text(1, "").int(2, OPSET))
    .message(8, new MessageWriter().text(1, "ai.onnx.ml").int(2, ML_OPSET))
    .finish();
}

/** A tensor with any number of rows and the given number of columns. */
function valueInfo(name: string, type: number, columns?: number): MessageWriter {
  const shape = new MessageWriter().message(1, new MessageWriter().text(2, "N"));
  if (columns !== undefined) shape.message(1, new MessageWriter().int(1, columns));
  const tensor = new MessageWriter().int(1, type).message(2, shape);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor));
}

function ensembleNode(model: PortableForest, regressionOutput: string): MessageWriter {
  const { forest, outputs } = model;
  const classes = outputs[0]?.classes;
  const isClassifier = classes !== undefined;
  const node = new MessageWriter().text(1, "X");
  for (const output of isClassifier ? ["label", "probabilities"] : [regressionOutput]) node.text(2, output);
  node.text(3, "trees").text(4, isClassifier ? "TreeEnsembleClassifier" : "TreeEnsembleRegressor");
  node.text(7, "ai.onnx.ml");
  for (const attribute of [...nodeAttributes(model), ...leafAttributes(model)]) node.message(5, attribute);
  if (isClassifier) node.message(5, labelAttribute(classes));
  else
    node
      .message(5, intAttribute("n_targets", forest.leafSize))
      .message(5, textAttribute("aggregate_function", "SUM"));
  node.message(5, textAttribute("post_transform", transformOf(model)));
  const base = oneScore(model, forest.aggregation?.base ?? []).map((value) => value / divisorOf(model));
  if (base.some((value) => value !== 0))
    node.message(5, floatsAttribute("base_values", Float32Array.from(base)));
  return node;
}

function transformOf({ forest, outputs }: PortableForest): string {
  if (forest.aggregation?.link !== "softmax") return "NONE";
  return outputs[0]?.classes?.length === 2 ? "LOGISTIC" : "SOFTMAX";
}

function divisorOf({ forest }: PortableForest): number {
  return forest.aggregation?.divisor ?? forest.roots.length;
}

function nodeAttributes({ forest }: PortableForest): MessageWriter[] {
  const { nodes, thresholds, roots } = forest;
  const count = nodes.length / NODE_WORDS;
  const list = (): Int32Array => new Int32Array(count);
  const [treeIds, nodeIds, features, trueIds, falseIds, tracksTrue] = [
    list(),
    list(),
    list(),
    list(),
    list(),
    list(),
  ];
  const values = new Float32Array(count);
  const modes: string[] = [];
  roots.forEach((start, tree) => {
    for (let at = start; at < (roots[tree + 1] ?? nodes.length); at += NODE_WORDS) {
      const i = at / NODE_WORDS;
      const head = nodes[at] ?? 0;
      treeIds[i] = tree;
      nodeIds[i] = (at - start) / NODE_WORDS;
      modes.push(isLeaf(head) ? "LEAF" : "BRANCH_LEQ");
      if (isLeaf(head)) continue;
      const left = (at - start + (nodes[at + 2] ?? 0)) / NODE_WORDS;
      features[i] = head >>> FEATURE_SHIFT;
      values[i] = thresholds[at + 1] ?? 0;
      tracksTrue[i] = head & MISSING_LEFT_BIT;
      trueIds[i] = left;
      falseIds[i] = left + 1;
    }
  });
  return [
    intsAttribute("nodes_treeids", treeIds),
    intsAttribute("nodes_nodeids", nodeIds),
    intsAttribute("nodes_featureids", features),
    intsAttribute("nodes_truenodeids", trueIds),
    intsAttribute("nodes_falsenodeids", falseIds),
    intsAttribute("nodes_missing_value_tracks_true", tracksTrue),
    floatsAttribute("nodes_values", values),
    stringsAttribute("nodes_modes", modes),
  ];
}

/** One weight for each score of each leaf, already divided, since the classifier only adds. */
function leafAttributes(model: PortableForest): MessageWriter[] {
  const { forest } = model;
  const { nodes, roots } = forest;
  const classes = model.outputs[0]?.classes;
  const divisor = divisorOf(model);
  const treeIds: number[] = [];
  const nodeIds: number[] = [];
  const ids: number[] = [];
  const weights: number[] = [];
  roots.forEach((start, tree) => {
    for (let at = start; at < (roots[tree + 1] ?? nodes.length); at += NODE_WORDS) {
      if (!isLeaf(nodes[at] ?? 0)) continue;
      scoresOf(model, nodes[at + 1] ?? 0).forEach((score, id) => {
        treeIds.push(tree);
        nodeIds.push((at - start) / NODE_WORDS);
        ids.push(id);
        weights.push(score / divisor);
      });
    }
  });
  const kind = classes === undefined ? "target" : "class";
  return [
    intsAttribute(`${kind}_treeids`, treeIds),
    intsAttribute(`${kind}_nodeids`, nodeIds),
    intsAttribute(`${kind}_ids`, ids),
    floatsAttribute(`${kind}_weights`, Float32Array.from(weights)),
  ];
}

/**
 * The scores of a leaf. Two classes have a single score, that of the second: with two scores, ONNX Runtime would assign
 * every row with a positive score to the second class.
 */
function scoresOf(model: PortableForest, leaf: number): readonly number[] {
  const values = Array.from(model.forest.leaves.subarray(leaf, leaf + model.forest.leafSize));
  return oneScore(model, values);
}

function oneScore({ forest, outputs }: PortableForest, values: readonly number[]): readonly number[] {
  if (outputs[0]?.classes?.length !== 2) return values;
  const [first = 0, second = 0] = values;
  return [forest.aggregation?.link === "softmax" ? second - first : second];
}

function labelAttribute(classes: readonly ClassLabel[]): MessageWriter {
  return typeof classes[0] === "string"
    ? stringsAttribute("classlabels_strings", classes.map(String))
    : intsAttribute("classlabels_int64s", classes.map(Number));
}

/** Fields of AttributeProto, with the number of its type. */
function intAttribute(name: string, value: number): MessageWriter {
  return new MessageWriter().text(1, name).int(3, value).int(20, 2);
}

function textAttribute(name: string, value: string): MessageWriter {
  return new MessageWriter().text(1, name).text(4, value).int(20, 3);
}

function floatsAttribute(name: string, values: Float32Array): MessageWriter {
  return new MessageWriter().text(1, name).floats(7, values).int(20, 6);
}

function intsAttribute(name: string, values: ArrayLike<number>): MessageWriter {
  return new MessageWriter().text(1, name).ints(8, values).int(20, 7);
}

function stringsAttribute(name: string, values: readonly string[]): MessageWriter {
  const attribute = new MessageWriter().text(1, name);
  // There is a string for each node, but only two distinct ones.
  const encoded = new Map(
    [...new Set(values)].map((value) => [value, new MessageWriter().text(9, value).finish()]),
  );
  for (const value of values) attribute.raw(encoded.get(value) ?? new Uint8Array());
  return attribute.int(20, 8);
}

function missing(what: string): AppError {
  return new AppError("NOT_IMPLEMENTED", `${what} cannot be expressed in version 3 of ONNX's tree ensembles`);
}
