import { throwIfAborted } from "@flightdeck/core";
import type { ImportedHistory, ImportedRun, ImportProgress } from "@flightdeck/store";
import { POINTS_PER_BATCH } from "../source/import-source.ts";
import { importArtifacts } from "./import-artifacts.ts";
import { type ImportContext, addCounts, reportProgress } from "./import-context.ts";

type Progress = ReadonlyMap<string, ImportProgress>;

/** Imports a page of an experiment's runs: first records, then metric histories, then artifacts. */
export async function importRuns(context: ImportContext, runs: readonly ImportedRun[]): Promise<void> {
  const { imports } = context.target;
  const ids = runs.map(({ info }) => info.runId);
  const before = await imports.findProgress("run", ids);
  const unfinished = runs.filter(({ info }) => isUnfinished(before.get(info.runId)));
  const points = await storeRuns(context, unfinished);
  await countRuns(context, { runs, before, points });
  await importArtifacts(
    context,
    "run",
    runs.flatMap((run) => {
      const { runId, artifactUri } = run.info;
      const known = before.get(runId) ?? { id: runId, state: "partial", points: 0, files: 0 };
      if (known.state === "foreign") return [];
      const progress = { ...known, points: points.get(runId) ?? known.points };
      const folder = `${context.experiment.targetId}/${runId}/artifacts`;
      return [{ kind: "run", progress, artifactUri, folder, isOpen: isOpen(run) }];
    }),
  );
  reportProgress(context);
}

/** Returns the number of points per run. */
async function storeRuns(
  context: ImportContext,
  runs: readonly ImportedRun[],
): Promise<ReadonlyMap<string, number>> {
  const { imports } = context.target;
  const points = new Map(runs.map(({ info }) => [info.runId, 0]));
  if (runs.length === 0) return points;
  await imports.importRuns(context.experiment.targetId, runs);
  for await (const batch of joined(context.source.histories(runs))) {
    throwIfAborted(context.options.signal);
    await imports.importMetrics(batch);
    for (const { runId, metrics } of batch) points.set(runId, (points.get(runId) ?? 0) + metrics.length);
    reportProgress(context);
  }
  const recorded = runs.filter((run) => !isOpen(run)).map(({ info }) => info.runId);
  await imports.saveProgress(
    "run",
    recorded.map((id) => ({ id, state: "recorded", points: points.get(id) ?? 0, files: 0 })),
  );
  return points;
}

/** Joins small histories into larger batches, because each batch is a transaction. */
async function* joined(
  batches: AsyncIterable<readonly ImportedHistory[]>,
): AsyncGenerator<readonly ImportedHistory[], void, undefined> {
  let waiting: ImportedHistory[] = [];
  let points = 0;
  for await (const batch of batches) {
    for (const history of batch) {
      waiting.push(history);
      points += history.metrics.length;
    }
    if (points < POINTS_PER_BATCH) continue;
    yield waiting;
    waiting = [];
    points = 0;
  }
  if (waiting.length > 0) yield waiting;
}

type Page = {
  readonly runs: readonly ImportedRun[];
  readonly before: Progress;
  /** The points read by this import, by run. */
  readonly points: ReadonlyMap<string, number>;
};

async function countRuns(context: ImportContext, { runs, before, points }: Page): Promise<void> {
  const { imports } = context.target;
  const ids = runs.map(({ info }) => info.runId);
  const foreign = ids.filter((id) => before.get(id)?.state === "foreign");
  const stored = await imports.countRuns(ids);
  // Points that this import did not read are not compared: the run may have changed here since.
  const unread = foreign.length === 0 ? 0 : (await imports.countRuns(foreign)).points;
  const read = ids.reduce((sum, id) => sum + (points.get(id) ?? before.get(id)?.points ?? 0), 0);
  for (const _ of foreign) context.notes.addRepeated("a run already exists and is left unchanged");
  addCounts(context.sourceCounts, {
    runs: runs.length,
    params: sum(runs, ({ data }) => data.params.length),
    tags: sum(runs, ({ data }) => data.tags.length),
    "metric points": read + unread,
    "dataset inputs": sum(runs, ({ inputs }) => inputs.datasetInputs.length),
  });
  addCounts(context.targetCounts, {
    runs: stored.runs,
    params: stored.params,
    tags: stored.tags,
    "metric points": stored.points,
    "dataset inputs": stored.datasetInputs,
  });
}

function sum(runs: readonly ImportedRun[], count: (run: ImportedRun) => number): number {
  return runs.reduce((total, run) => total + count(run), 0);
}

function isUnfinished(progress: ImportProgress | undefined): boolean {
  return progress === undefined || progress.state === "partial";
}

/** A run without an end time may still change. */
function isOpen({ info }: ImportedRun): boolean {
  return info.endTimeMs === undefined;
}
