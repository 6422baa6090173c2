import type { FolderSize } from "@flightdeck/artifacts";
import { messageOf, throwIfAborted } from "@flightdeck/core";
import type { FindGarbageInput, Garbage, GarbageStore } from "@flightdeck/store";
import type { GarbageArtifacts } from "./garbage-artifacts.ts";

/** One item that is deleted, or would be in a dry run. */
export type Collected = {
  readonly garbage: Garbage;
  readonly size: FolderSize;
  /** Whether its artifacts are kept, because this program does not delete from where they are. */
  readonly isBypassed: boolean;
  /** Why its artifacts could not be deleted; the next gc tries again. */
  readonly failure?: string | undefined;
};

export type CollectOptions = {
  readonly store: GarbageStore;
  readonly artifacts: GarbageArtifacts;
  readonly input: FindGarbageInput;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
};

/** Items that are removed in one transaction, which takes a few milliseconds, and finished together. */
const BATCH = 50;
const EMPTY: FolderSize = { files: 0, bytes: 0 };

/** Deletes items permanently, starting with those left unfinished before. Yields each item when it is done. */
export async function* collectGarbage(options: CollectOptions): AsyncGenerator<Collected> {
  const { store, artifacts, input, isDryRun } = options;
  const found = await store.findGarbage(input);
  const unfinished = await store.listUnfinished();
  if (isDryRun) {
    for (const each of [...unfinished, ...found]) yield await measure(artifacts, each);
    return;
  }
  for (const batch of batchesOf(unfinished)) yield* finish(batch, options);
  for (const batch of batchesOf(found)) yield* finish(await store.remove(batch), options);
}

/** Deletes artifacts first: as long as any of them exist, the store must remember where. */
async function* finish(
  removed: readonly Garbage[],
  { store, artifacts, signal }: CollectOptions,
): AsyncGenerator<Collected> {
  const collected: Collected[] = [];
  for (const each of removed) {
    throwIfAborted(signal);
    collected.push(await deleteArtifacts(artifacts, each));
  }
  await store.finish(collected.filter(({ failure }) => failure === undefined).map(({ garbage }) => garbage));
  yield* collected;
}

async function deleteArtifacts(artifacts: GarbageArtifacts, garbage: Garbage): Promise<Collected> {
  try {
    const collected = await measure(artifacts, garbage);
    if (!collected.isBypassed) await artifacts.delete(garbage);
    return collected;
  } catch (error) {
    return { garbage, size: EMPTY, isBypassed: false, failure: messageOf(error) };
  }
}

async function measure(artifacts: GarbageArtifacts, garbage: Garbage): Promise<Collected> {
  if (garbage.artifactUri === undefined) return { garbage, size: EMPTY, isBypassed: false };
  const size = await artifacts.measure(garbage);
  return { garbage, size: size ?? EMPTY, isBypassed: size === undefined };
}

function* batchesOf(garbage: readonly Garbage[]): Generator<readonly Garbage[]> {
  for (let at = 0; at < garbage.length; at += BATCH) yield garbage.slice(at, at + BATCH);
}
