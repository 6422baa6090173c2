import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";
import { AppError, assert, messageOf } from "@flightdeck/core";
import type { FittedForest } from "../forest.ts";
import {
  ARRAY_NAMES,
  ARRAYS_FILE,
  FORMAT,
  FORMAT_VERSION,
  type ForestHeader,
  HEADER_FILE,
} from "./forest-header.ts";

/** Writes a forest to the two files of its folder; the header comes last, so that half a save is not read as a whole. */
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
