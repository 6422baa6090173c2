import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";
import { AppError, assert, messageOf } from "@flightdeck/core";
import type { FittedForest } from "../forest.ts";
import {
  ARRAY_NAMES,
  arrayBytes,
  ARRAYS_FILE,
  FORMAT,
  FORMAT_VERSION,
  type ForestHeader,
  HEADER_FILE,
  parseHeader,
} from "./forest-header.ts";
import { damaged, readForest } from "./read-forest.ts";

/** A header contains each feature name once; a million long names fit. */
const HEADER_BYTES_MAX = 64 * 2 ** 20;

/** Loads a forest written by `saveForest`, and validates it completely. */
export async function loadForest(dir: string): Promise<FittedForest> {
  const headerPath = join(dir, HEADER_FILE);
  await checkSize(headerPath, (size) => size <= HEADER_BYTES_MAX, `at most ${HEADER_BYTES_MAX}`);
  const header = parseHeader(headerPath, await readFile(headerPath, "utf8"));
  const arraysPath = join(dir, ARRAYS_FILE);
  const expected = arrayBytes(header);
  await checkSize(arraysPath, (size) => size === expected, String(expected));
  return readForest(header, { path: arraysPath, bytes: await readFile(arraysPath) });
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

/**
 * Writes a forest to the two files in its folder. The header is written last, so that an incomplete save cannot be
 * loaded.
 */
export async function saveForest(dir: string, fitted: FittedForest): Promise<void> {
  assert(endianness() === "LE", "arrays are written as they lie in memory, little-endian");
  const { forest, featureImportances, ...rest } = fitted;
  const arrays = [...ARRAY_NAMES.map((name) => forest[name]), featureImportances].map(bytesOf);
  const sha256 = createHash("sha256");
  for (const bytes of arrays) sha256.update(bytes);
  const { roots, nodes, leaves, categorySets, nodeWeights } = forest;
  const header: ForestHeader = {
    format: FORMAT,
    version: FORMAT_VERSION,
    ...rest,
    lengths: {
      roots: roots.length,
      nodes: nodes.length,
      leaves: leaves.length,
      categorySets: categorySets.length,
      nodeWeights: nodeWeights.length,
    },
    sha256: sha256.digest("hex"),
  };
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, ARRAYS_FILE), arrays);
    await writeFile(join(dir, HEADER_FILE), `${JSON.stringify(header, null, 2)}\n`);
  } catch (cause) {
    throw new AppError("IO_ERROR", `the forest could not be saved to ${dir}: ${messageOf(cause)}`, { cause });
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
