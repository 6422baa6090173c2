import { AppError } from "@flightdeck/core";
import type { PortableForest } from "../exchange/imported-forest.ts";
import { CATEGORY_BIT, FEATURE_SHIFT, isLeaf, MISSING_LEFT_BIT, NODE_WORDS } from "../forest.ts";
import { inCategorySet } from "../kernels/walk-trees.ts";
import { COLORS, lineOf, type Point, rectAt, shortNumber, shortText, svgOf, textAt } from "./svg.ts";

/** The tree to draw, and the depth. */
export type DrawTreeOptions = {
  /** The index of the tree in the forest. Default 0. */
  readonly tree?: number | undefined;
  /** The number of levels of splits to draw, 1..6; deeper levels are shown as an ellipsis. Default 3. */
  readonly maxDepth?: number | undefined;
};

const DEPTH_MAX = 6;
const BOX: Point = [140, 44];
const GAP: Point = [10, 36];
const TOP = 34;
const LINE_LETTERS_MAX = 24;
/** Leaves room for the threshold on the line. */
const NAME_LETTERS_MAX = 14;

type Node = {
  readonly lines: readonly string[];
  readonly depth: number;
  readonly children: readonly Node[];
  readonly isLeaf: boolean;
};

/**
 * Draws a tree as a self-contained SVG. Rows that satisfy a split's rule go left; "or missing" means that missing
 * values go left too. A leaf shows its most probable class with the probability, or its values.
 *
 * Throws INVALID_PARAMETER_VALUE for a missing tree or a depth out of range.
 *
 * @example
 * ```ts
 * await writeFile("tree.svg", drawTree(model.fitted, { tree: 0, maxDepth: 3 }));
 * ```
 */
export function drawTree(model: PortableForest, { tree = 0, maxDepth = 3 }: DrawTreeOptions = {}): string {
  const { roots } = model.forest;
  checkRange("tree", tree, [0, roots.length - 1]);
  checkRange("maxDepth", maxDepth, [1, DEPTH_MAX]);
  const root = nodeAt(model, roots[tree] ?? 0, { depth: 0, maxDepth });
  const parts: string[] = [];
  const columns = place(root, 0, parts).end;
  const width = Math.max(2, columns) * (BOX[0] + GAP[0]) + GAP[0];
  const height = TOP + (depthOf(root) + 1) * (BOX[1] + GAP[1]);
  return svgOf({ width, height, title: `Tree ${tree} of ${roots.length}` }, parts);
}

type Level = { readonly depth: number; readonly maxDepth: number };

function nodeAt(model: PortableForest, at: number, { depth, maxDepth }: Level): Node {
  const { nodes, nodeWeights } = model.forest;
  const weight = nodeWeights[at / NODE_WORDS];
  const size = weight === undefined ? [] : [`weight ${shortNumber(weight)}`];
  if (isLeaf(nodes[at] ?? 0)) {
    return { lines: [leafText(model, nodes[at + 1] ?? 0), ...size], depth, children: [], isLeaf: true };
  }
  if (depth === maxDepth) return { lines: ["…", ...size], depth, children: [], isLeaf: true };
  const left = at + (nodes[at + 2] ?? 0);
  const below = { depth: depth + 1, maxDepth };
  const children = [nodeAt(model, left, below), nodeAt(model, left + NODE_WORDS, below)];
  return { lines: [ruleText(model, at), ...size], depth, children, isLeaf: false };
}

function ruleText({ forest, features }: PortableForest, at: number): string {
  const head = forest.nodes[at] ?? 0;
  const feature = features[head >>> FEATURE_SHIFT];
  const missing = (head & MISSING_LEFT_BIT) === 0 ? "" : " or missing";
  const name = shortText(feature?.name ?? "", NAME_LETTERS_MAX);
  if ((head & CATEGORY_BIT) === 0)
    return `${name} ≤ ${shortNumber(forest.thresholds[at + 1] ?? 0)}${missing}`;
  const set = forest.nodes[at + 1] ?? 0;
  const codes = Array.from({ length: (forest.categorySets[set] ?? 0) * 32 }, (_, code) => code);
  const names = codes.flatMap((code) =>
    inCategorySet(forest.categorySets, set, code) ? [feature?.categories?.[code] ?? `${code}`] : [],
  );
  return `${name} in ${names.join(", ")}${missing}`;
}

function leafText({ forest, outputs }: PortableForest, leaf: number): string {
  let at = leaf;
  const texts = outputs.map(({ classes }) => {
    const values = Array.from(forest.leaves.subarray(at, at + (classes?.length ?? 1)));
    at += values.length;
    const best = values.indexOf(Math.max(...values));
    const value = shortNumber(values[Math.max(0, best)] ?? 0);
    return classes === undefined ? value : `${String(classes[best])}: ${value}`;
  });
  return texts.join("; ");
}

/** Draws the subtree of a node, starting at a column; returns the node's center and the next free column. */
function place(
  node: Node,
  column: number,
  parts: string[],
): { readonly middle: number; readonly end: number } {
  const top = TOP + node.depth * (BOX[1] + GAP[1]);
  let end = column;
  const middles = node.children.map((child) => {
    const placed = place(child, end, parts);
    end = placed.end;
    return placed.middle;
  });
  if (middles.length === 0) end = column + 1;
  const slot = (place: number): number => GAP[0] + place * (BOX[0] + GAP[0]) + BOX[0] / 2;
  const middle = middles.length === 0 ? slot(column) : ((middles[0] ?? 0) + (middles.at(-1) ?? 0)) / 2;
  for (const [i, child] of middles.entries()) {
    const from: Point = [middle, top + BOX[1]];
    const to: Point = [child, top + BOX[1] + GAP[1]];
    parts.push(lineOf([from, to], COLORS.grey));
    const half: Point = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    parts.push(
      textAt(half, i === 0 ? "yes" : "no", { anchor: i === 0 ? "end" : "start", color: COLORS.grey }),
    );
  }
  parts.push(rectAt([middle - BOX[0] / 2, top], BOX, node.isLeaf ? "#f6f8fa" : COLORS.soft));
  node.lines.forEach((line, i) => {
    const text = shortText(line, LINE_LETTERS_MAX);
    parts.push(textAt([middle, top + 18 + i * 16], text, { anchor: "middle" }));
  });
  return { middle, end };
}

function depthOf(node: Node): number {
  return Math.max(node.depth, ...node.children.map(depthOf));
}

function checkRange(name: string, value: number, [low, high]: Point): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `${name} must be ${low}..${high}, got ${value}`);
}
