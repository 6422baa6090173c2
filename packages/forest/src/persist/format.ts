import type { ClassLabel } from "../labels.ts";
import type { ResolvedOptions } from "../options.ts";

/** The file with the header, JSON. */
export const HEADER_FILE = "forest.json";
/** The file with the arrays: roots, nodes, leaves, importances, little-endian, one after the other. */
export const ARRAYS_FILE = "forest.bin";

export const FORMAT = "flightdeck.random-forest";
/** Raised whenever older programs could not read the files any more. */
export const FORMAT_VERSION = 1;

export type ForestHeader = {
  readonly format: typeof FORMAT;
  readonly version: typeof FORMAT_VERSION;
  readonly options: ResolvedOptions;
  readonly classes: readonly ClassLabel[];
  readonly featureNames: readonly string[];
  /** The number of elements of each array. */
  readonly lengths: { readonly roots: number; readonly nodes: number; readonly leaves: number };
  /** Of the file of arrays, so that damage is noticed rather than predicted with. */
  readonly sha256: string;
};

/** The bytes of the arrays' file, in the order of ARRAYS_FILE. */
export function arrayBytes(header: Pick<ForestHeader, "lengths" | "featureNames">): number {
  const { roots, nodes, leaves } = header.lengths;
  return (roots + nodes + leaves) * 4 + header.featureNames.length * 8;
}
