import { AppError } from "@flightdeck/core";
import type { GrowJob, GrowSettings, ThreadSettings, WasmMemory } from "./grow-job.ts";
import type { ThreadSizes } from "./module-grower.mjs";

const PAGE_BYTES = 65_536;
/** The address space of a WebAssembly module: 4 GiB. */
const MEMORY_BYTES_MAX = 2 ** 32;
/** Every address is a multiple of the vector size. */
const ALIGNMENT = 16;

/** A split's set has a bit for each of at most 255 categories, preceded by the number of words. */
const SET_WORDS_MAX = 9;

/** Allocates addresses sequentially. Address 0 means "none", so it starts above. */
export class AddressSpace {
  #end = PAGE_BYTES;

  /** The number of bytes allocated. */
  get size(): number {
    return this.#end;
  }

  /** Allocates that many bytes. With none, the address is never accessed. */
  take(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  }
}

/** Creates shared memory for everything allocated. Pages that are never written use no physical memory. */
export function allocate({ size }: AddressSpace): WasmMemory {
  const pages = Math.ceil(size / PAGE_BYTES);
  if (pages * PAGE_BYTES > MEMORY_BYTES_MAX) {
    const gib = (size / 2 ** 30).toFixed(1);
    const message = `the table takes ${gib} GiB in training, which may be at most 4: use fewer rows, threads or features`;
    throw new AppError("RESOURCE_EXHAUSTED", message);
  }
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** Plans the memory of one thread, which is reused for each of its trees. */
export function takeThreadMemory(
  space: AddressSpace,
  settings: GrowJob["settings"],
  { nodeBytes, scratchBytes }: ThreadSizes,
): ThreadSettings {
  const recordMax =
    settings.drawCount > 0 ? Math.min(settings.numRows, settings.drawCount) : settings.numRows;
  const leafMax = leavesAtMost(settings, recordMax);
  const nodeMax = 2 * leafMax - 1;
  const leafSize = settings.numStats - (settings.criterion >= 2 ? 2 : 1);
  // The smaller child is grown first, so each waiting node has at most half of the draws of the previous one.
  const depthMax = Math.ceil(Math.log2(settings.numRows + 1)) + 4;
  const waitingMax = settings.maxLeafNodes > 0 ? leafMax + 2 : depthMax;
  const histogramMax = settings.subtracts === 1 && settings.maxLeafNodes === 0 ? depthMax : 2;
  // Drawing writes a row before it knows whether the row is included.
  const recordBytes = (recordMax + 1) * settings.rowBytes;
  return {
    draws: space.take(settings.drawCount > 0 ? settings.numRows : 0),
    recordsA: space.take(recordBytes),
    recordsB: space.take(recordBytes),
    histograms: space.take(histogramMax * histogramBytes(settings)),
    frontier: space.take(waitingMax * nodeBytes()),
    scratch: space.take(scratchBytes(histogramMax)),
    nodes: space.take(nodeMax * 12),
    nodeWeights: space.take(nodeMax * 4),
    leaves: space.take(leafMax * leafSize * 4),
    categorySets: space.take(leafMax * SET_WORDS_MAX * 4),
    importances: space.take(settings.numAllFeatures * 8),
  };
}

export function histogramBytes({
  numSlots,
  numStats,
  packed,
}: Pick<GrowSettings, "numSlots" | "numStats" | "packed">): number {
  return numSlots * 8 * (packed === 1 ? 1 : numStats);
}

function leavesAtMost(settings: GrowJob["settings"], recordMax: number): number {
  const { maxDepth, maxLeafNodes, minSamplesLeaf, drawCount, numRows } = settings;
  const byDepth = maxDepth > 0 ? 2 ** maxDepth : Infinity;
  const byNodes = maxLeafNodes > 0 ? maxLeafNodes : Infinity;
  const byDraws = Math.floor((drawCount > 0 ? drawCount : numRows) / Math.max(1, minSamplesLeaf));
  return Math.max(1, Math.min(recordMax, byDepth, byNodes, byDraws));
}
