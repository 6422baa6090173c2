import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "@flightdeck/core";
import type { FittedForest } from "../fitted-forest.ts";
import { walkable } from "../kernels/walk-trees.ts";
import { arrayBytes, ARRAYS_FILE, type ForestHeader, HEADER_FILE } from "./format.ts";
import { parseHeader } from "./parse-header.ts";
import { checkForest } from "./check-forest.ts";

/** A header names each feature once; a million long names fit. */
const HEADER_BYTES_MAX = 64 * 2 ** 20;

/** Reads a forest that `saveForest` wrote, and believes nothing in it before it is checked. */
export async function loadForest(dir: string): Promise<FittedForest> {
  const headerPath = join(dir, HEADER_FILE);
  await checkSize(headerPath, (size) => size <= HEADER_BYTES_MAX, `at most ${HEADER_BYTES_MAX}`);
  const header = parseHeader(headerPath, await readFile(headerPath, "utf8"));
  const arraysPath = join(dir, ARRAYS_FILE);
  const expected = arrayBytes(header);
  await checkSize(arraysPath, (size) => size === expected, String(expected));
  const bytes = await readFile(arraysPath);
  if (createHash("sha256").update(bytes).digest("hex") !== header.sha256) {
    throw damaged(arraysPath, "its checksum is not the one in the header");
  }
  return fittedOf(arraysPath, header, bytes);
}

async function checkSize(path: string, isAllowed: (size: number) => boolean, allowed: string): Promise<void> {
  const size = await sizeOf(path);
  if (!isAllowed(size)) throw damaged(path, `it must have ${allowed} bytes, got ${size}`);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (isMissing) throw new AppError("RESOURCE_DOES_NOT_EXIST", `${path} does not exist`, { cause });
    throw new AppError("IO_ERROR", `${path} could not be read: ${messageOf(cause)}`, { cause });
  }
}

function fittedOf(path: string, header: ForestHeader, bytes: Uint8Array): FittedForest {
  const { lengths, options, classes, featureNames } = header;
  const memory = Uint8Array.from(bytes).buffer; // Of its own and at offset 0, as typed arrays need.
  const nodesAt = lengths.roots * 4;
  const leavesAt = nodesAt + lengths.nodes * 4;
  const importancesAt = leavesAt + lengths.leaves * 4;
  const forest = walkable({
    numFeatures: featureNames.length,
    numClasses: classes.length,
    roots: new Int32Array(memory, 0, lengths.roots),
    nodes: new Int32Array(memory, nodesAt, lengths.nodes),
    leaves: new Float32Array(memory, leavesAt, lengths.leaves),
  });
  checkForest(path, forest);
  const featureImportances = new Float64Array(memory.slice(importancesAt));
  return { options, forest, classes, featureNames, featureImportances };
}

function damaged(path: string, reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${path} is damaged: ${reason}`);
}
