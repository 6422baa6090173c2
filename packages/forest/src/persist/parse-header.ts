import { AppError, messageOf } from "@flightdeck/core";
import { CLASS_COUNT_MAX, type ClassLabel } from "../labels.ts";
import { resolveOptions } from "../options.ts";
import { FORMAT, FORMAT_VERSION, type ForestHeader } from "./format.ts";

/** Turns a header's text into a header, or throws INVALID_PARAMETER_VALUE saying what is wrong with it. */
export function parseHeader(path: string, text: string): ForestHeader {
  const fields = parseObject(path, text);
  if (fields.format !== FORMAT) throw invalid(path, `format must be ${FORMAT}, got ${shown(fields.format)}`);
  if (fields.version !== FORMAT_VERSION) {
    throw invalid(path, `version must be ${FORMAT_VERSION}, got ${shown(fields.version)}`);
  }
  const { classes, featureNames, lengths, sha256 } = fields;
  if (!isClasses(classes)) throw invalid(path, `classes must be 2..${CLASS_COUNT_MAX} different labels`);
  if (!isNames(featureNames)) throw invalid(path, "featureNames must be different strings, one at least");
  if (!isLengths(lengths)) throw invalid(path, "lengths must be the numbers of roots, nodes and leaves");
  if (typeof sha256 !== "string") throw invalid(path, "sha256 must be a string");
  if (!isObject(fields.options)) throw invalid(path, "options must be an object");
  const options = resolveOptions(fields.options);
  return { format: FORMAT, version: FORMAT_VERSION, options, classes, featureNames, lengths, sha256 };
}

function parseObject(path: string, text: string): Partial<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    throw invalid(path, messageOf(cause));
  }
  throw invalid(path, "it must be a JSON object");
}

function isObject(value: unknown): value is Partial<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isClasses(value: unknown): value is readonly ClassLabel[] {
  if (!Array.isArray(value) || value.length < 2 || value.length > CLASS_COUNT_MAX) return false;
  const isLabel = (label: unknown): boolean => ["number", "string", "boolean"].includes(typeof label);
  return value.every(isLabel) && new Set(value).size === value.length;
}

function isNames(value: unknown): value is readonly string[] {
  const isArray = Array.isArray(value) && value.length > 0;
  return isArray && value.every((name) => typeof name === "string") && new Set(value).size === value.length;
}

function isLengths(value: unknown): value is ForestHeader["lengths"] {
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && Number(count) > 0;
  return isObject(value) && isCount(value.roots) && isCount(value.nodes) && isCount(value.leaves);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "none";
}

function invalid(path: string, reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${path} is not a forest's header: ${reason}`);
}
