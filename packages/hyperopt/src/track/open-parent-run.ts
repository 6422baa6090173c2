import { ensureExperiment, type MlflowClient, sourceTags } from "@flightdeck/client";
import { AppError, sleep } from "@flightdeck/core";
import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";
import { hasOwner, SearchLease } from "./search-lease.ts";
import type { TrackTarget } from "./track-options.ts";

/** The tag that identifies a search's parent run. */
const SEARCH_TAG = { key: "flightdeck.search", value: "fmin" } as const;

/** An attempt fails when another process creates a parent run of the same name at the same moment. */
const ATTEMPTS_MAX = 10;

/** How long a process may take to claim the parent run that it has just created. */
const CLAIM_WAIT_MS = 500;

/** A search's parent run, and the lease that allows writing to it. */
export type ParentRun = { readonly run: Run; readonly lease: SearchLease };

/**
 * Finds or creates a search's parent run and takes its lease. Throws RESOURCE_CONFLICT if another process is running
 * the search.
 */
export async function openParentRun(client: MlflowClient, track: TrackTarget): Promise<ParentRun> {
  if (track.runId !== undefined) return take(client, track.runId);
  const { experimentId } = await ensureExperiment(client, track.experiment);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const known = await findSearches(client, experimentId, track.runName);
    if (known.length > 0)
      return take(client, await firstOf(client, known, { experimentId, name: track.runName }));
    const created = await createSearch(client, experimentId, track.runName);
    if (created !== undefined) return created;
    await sleep(Math.random() * 2 * CLAIM_WAIT_MS);
  }
  throw new AppError("RESOURCE_CONFLICT", `too many processes begin the search "${track.runName}" at once`);
}

async function take(client: MlflowClient, runId: string): Promise<ParentRun> {
  const lease = await SearchLease.take(client, runId);
  return { run: await client.getRun(runId), lease };
}

/**
 * Creates a parent run, unless another process does so at the same moment; run names are not unique. A process that
 * sees another, claimed run backs off; of two unclaimed runs, the one with the larger id backs off.
 */
async function createSearch(
  client: MlflowClient,
  experimentId: string,
  name: string,
): Promise<ParentRun | undefined> {
  const nameTag = { key: SYSTEM_TAGS.runName, value: name };
  const tags = [...(await sourceTags()), SEARCH_TAG, nameTag];
  const { runId } = (await client.createRun({ experimentId, runName: name, tags })).info;
  const others = async (): Promise<readonly Run[]> =>
    (await findSearches(client, experimentId, name)).filter(({ info }) => info.runId !== runId);
  if ((await others()).some((other) => hasOwner(other) || other.info.runId < runId)) {
    await client.deleteRun(runId);
    return undefined;
  }
  const parent = await take(client, runId);
  if (!(await others()).some((other) => other.info.runId < runId)) return parent;
  await parent.lease.release();
  await client.deleteRun(runId);
  return undefined;
}

type SearchName = { readonly experimentId: string; readonly name: string };

/** The claimed run. If none is claimed yet, their creators are given a moment to do so. */
async function firstOf(client: MlflowClient, known: readonly Run[], search: SearchName): Promise<string> {
  let runs = known;
  if (!runs.some(hasOwner)) {
    await sleep(CLAIM_WAIT_MS);
    runs = await findSearches(client, search.experimentId, search.name);
  }
  const [first] = [...runs.filter(hasOwner), ...runs, ...known];
  return first?.info.runId ?? ""; // `known` is not empty.
}

/** All searches with a name, smallest run id first. */
async function findSearches(
  client: MlflowClient,
  experimentId: string,
  name: string,
): Promise<readonly Run[]> {
  const filter = `tags.\`${SEARCH_TAG.key}\` = '${SEARCH_TAG.value}'`;
  const found: Run[] = [];
  for await (const run of client.searchRunsAll({ experimentIds: [experimentId], filter })) {
    if (run.info.runName === name) found.push(run);
  }
  return found.sort((a, b) => (a.info.runId < b.info.runId ? -1 : 1));
}
