import { AppError } from "@flightdeck/core";
import { all, type Work } from "../database/work.ts";
import { parseExperimentId } from "../tracking/experiments.ts";
import { appendToUri } from "../tracking/uris.ts";
import * as rows from "./garbage-rows.ts";
import type { FindGarbageInput, Garbage } from "./garbage-store.ts";

/** Part of a read. `untilMs` is when a thing must have been deleted at the latest. */
export function* findGarbage(input: FindGarbageInput, untilMs: number): Work<readonly Garbage[]> {
  const { runIds, experimentIds, loggedModelIds } = input;
  const isAll = runIds === undefined && experimentIds === undefined && loggedModelIds === undefined;
  return isAll ? yield* findAll(untilMs) : yield* findNamed(input, untilMs);
}

function* findAll(untilMs: number): Work<readonly Garbage[]> {
  const experiments = yield* all(rows.selectDeletedExperiments({ untilMs }));
  const runs = yield* all(rows.selectDeletedRuns({ untilMs }));
  const models = yield* all(rows.selectDeletedModels({ untilMs }));
  const contents = yield* contentsOf(experiments);
  return unique([...runs.map(runGarbage), ...models.map(modelGarbage), ...contents]);
}

function* findNamed(input: FindGarbageInput, untilMs: number): Work<readonly Garbage[]> {
  const { runIds = [], experimentIds = [], loggedModelIds = [] } = input;
  const runs = yield* all(rows.selectRuns({ list: JSON.stringify(runIds) }));
  const models = yield* all(rows.selectModels({ list: JSON.stringify(loggedModelIds) }));
  checkNamed("Run", runIds, { found: runs, untilMs });
  checkNamed("Logged model", loggedModelIds, { found: models, untilMs });
  const experiments = yield* namedExperiments(experimentIds, untilMs);
  const contents = yield* contentsOf(experiments);
  return unique([...runs.map(runGarbage), ...models.map(modelGarbage), ...contents]);
}

function* namedExperiments(
  experimentIds: readonly string[],
  untilMs: number,
): Work<readonly rows.ExperimentRow[]> {
  const ids = experimentIds.map(parseExperimentId);
  const found = yield* all(rows.selectExperiments({ list: JSON.stringify(ids) }));
  checkNamed("Experiment", ids.map(String), { found, untilMs });
  const removable = new Set((yield* all(rows.selectDeletedExperiments({ untilMs }))).map(({ uuid }) => uuid));
  const kept = found.find(({ uuid }) => !removable.has(uuid));
  if (kept === undefined) return found;
  throw invalid(`Experiment ${kept.uuid} has runs that are active, or not older than the required age.`);
}

/** All that is in experiments, and then they themselves. */
function* contentsOf(experiments: readonly rows.ExperimentRow[]): Work<readonly Garbage[]> {
  const list = JSON.stringify(experiments.map(({ uuid }) => Number(uuid)));
  const runs = yield* all(rows.selectRunsWithin({ list }));
  const models = yield* all(rows.selectModelsWithin({ list }));
  const traces = yield* all(rows.selectTracesWithin({ list }));
  return [
    ...runs.map(runGarbage),
    ...models.map(modelGarbage),
    ...traces.map(traceGarbage),
    ...experiments.map(({ uuid: id }): Garbage => ({ kind: "experiment", id })),
  ];
}

function runGarbage({ uuid: id, artifact_uri: artifactUri }: rows.RunOrModelRow): Garbage {
  return { kind: "run", id, artifactUri };
}

function modelGarbage({ uuid: id, artifact_uri: artifactUri }: rows.RunOrModelRow): Garbage {
  return { kind: "logged_model", id, artifactUri };
}

/** By the experiment, since anybody may change the tag that tells a client. */
function traceGarbage({ uuid: id, artifact_location: location }: rows.TraceRow): Garbage {
  return { kind: "trace", id, artifactUri: appendToUri(location, "traces", id, "artifacts") };
}

/** Each once, at its first place. */
function unique(garbage: readonly Garbage[]): readonly Garbage[] {
  return [...new Map(garbage.map((each) => [`${each.kind} ${each.id}`, each])).values()];
}

type Named = { readonly found: readonly rows.NamedRow[]; readonly untilMs: number };

function checkNamed(what: string, ids: readonly string[], { found, untilMs }: Named): void {
  const byId = new Map(found.map((row) => [row.uuid, row]));
  for (const id of ids) {
    const row = byId.get(id);
    if (row === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", `${what} with id=${id} not found`);
    if (row.deleted_time_ms === null) {
      throw invalid(
        `${what} ${id} is not in the deleted lifecycle stage; only what is can be removed for good.`,
      );
    }
    if (row.deleted_time_ms > untilMs) throw invalid(`${what} ${id} is not older than the required age.`);
  }
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
