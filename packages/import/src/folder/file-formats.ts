import { messageOf } from "@flightdeck/core";
import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import type { Metric } from "@flightdeck/protocol";
import { malformed } from "../source/records.ts";

/** Unquoted scalars that mean null in YAML 1.1. */
const NULL = /^(null|Null|NULL|~|)$/;

/**
 * Parses a record that PyYAML wrote. Returns every scalar as its source text, or null: the caller knows each field's type,
 * and PyYAML and YAML 1.2 disagree on what is a number (`1e5` is a string in PyYAML). Throws for aliases, which MLflow never
 * writes and YAML bombs need. Ignores tags such as `!!python/object`.
 */
export function parsePlainYaml(text: string, where: string): unknown {
  try {
    // uniqueKeys compares each key with all previous ones, so a hostile file could make it slow.
    const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) throw malformed(where, firstLine(error.message));
    return plainValue(document.contents, where);
  } catch (error) {
    // Thousands of nested brackets overflow the parser's stack.
    if (error instanceof RangeError) throw malformed(where, firstLine(messageOf(error)), error);
    throw error;
  }
}

function plainValue(node: Node | null | undefined, where: string): unknown {
  if (node === null || node === undefined) return null;
  if (isScalar(node))
    return node.type === "PLAIN" && NULL.test(String(node.value)) ? null : String(node.value);
  if (isSeq<Node>(node)) return node.items.map((item) => plainValue(item, where));
  if (isMap<Node, Node>(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => [String(plainValue(key, where)), plainValue(value, where)]),
    );
  }
  throw malformed(where, "it has an alias");
}

function firstLine(message: string): string {
  return message.split("\n")[0] ?? message;
}

/** A number as Python writes it. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const INTEGER = /^-?\d+$/;

type Point = Pick<Metric, "timestampMs" | "value" | "step"> & {
  /** The remaining fields. A logged model's metric has the run, then optionally a dataset's name and digest. */
  readonly rest: readonly string[];
};

/** Parses `timestamp value [step [rest…]]`, one line of a metric's file. Files of the oldest releases have no step. */
export function parsePoint(line: string, where: string): Point {
  const [timestamp = "", value = "", step = "0", ...rest] = line.trim().split(" ");
  const point = { timestampMs: integer(timestamp), value: parseValue(value), step: integer(step), rest };
  if (point.timestampMs !== undefined && point.value !== undefined && point.step !== undefined) {
    return point as Point; // The three have just been checked.
  }
  throw malformed(where, `${JSON.stringify(line.slice(0, 80))} is not "timestamp value step"`);
}

function integer(text: string): number | undefined {
  const value = Number(text);
  return INTEGER.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

function parseValue(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (/^[+-]?nan$/.test(lower)) return Number.NaN;
  if (/^\+?inf(inity)?$/.test(lower)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/.test(lower)) return Number.NEGATIVE_INFINITY;
  return NUMBER.test(text) ? Number(text) : undefined;
}
