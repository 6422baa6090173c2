import { AppError, assert, newRunId } from "@flightdeck/core";
import { type Run, type RunInfo, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { statement } from "../database/statement.ts";
import { first, run, type Work } from "../database/work.ts";
import type { StoreContext } from "./context.ts";
import { getActiveExperimentRow } from "./experiments.ts";
import { randomName } from "./random-name.ts";
import { readRuns } from "./run-data.ts";
import { getRunRow, lockActiveRunRow, lockRunRow, runInfoFromRow, type RunRow } from "./run-rows.ts";
import { setRunTags } from "./run-tags.ts";
import type { CreateRunInput, UpdateRunInput } from "./tracking-store.ts";
import { appendToUri } from "./uris.ts";

/** Part of a write. `tags` have been checked. */
export function* createRun(
  context: StoreContext,
  input: CreateRunInput & { readonly tags: readonly Tag[] },
): Work<Run> {
  const experiment = yield* getActiveExperimentRow(input.experimentId);
  const runId = newRunId();
  const name = nameOf(input) ?? randomName(context.random);
  const row = yield* first(
    insertRun({
      runId,
      experimentId: experiment.id,
      name,
      userId: input.userId ?? "",
      startTime: input.startTimeMs ?? context.clock.nowMs(),
      artifactUri: appendToUri(experiment.artifact_location, runId, "artifacts"),
    }),
  );
  assert(row !== undefined, "an insert returns its row");
  const tags = [...input.tags, { key: SYSTEM_TAGS.runName, value: name }];
  yield* setRunTags(row, tags);
  return yield* readRun(row);
}

export function* getRun(runId: string): Work<Run> {
  return yield* readRun(yield* getRunRow(runId));
}

export function* updateRun({ runId, status, endTimeMs, runName }: UpdateRunInput): Work<RunInfo> {
  const row = yield* lockActiveRunRow(runId);
  yield* run(
    updateRunRow({ id: row.id, status: status ?? row.status, endTime: endTimeMs ?? row.end_time_ms }),
  );
  if (runName !== undefined && runName !== "") {
    const tag = { key: SYSTEM_TAGS.runName, value: runName };
    yield* setRunTags(row, [tag]);
  }
  return runInfoFromRow(yield* getRunRow(runId));
}

export function* deleteRun(context: StoreContext, runId: string): Work<void> {
  const row = yield* getRunRow(runId);
  yield* run(updateDeleted({ id: row.id, deleted: context.clock.nowMs() }));
}

/** Locked, since it may be on its way to be removed for good. */
export function* restoreRun(runId: string): Work<void> {
  const row = yield* lockRunRow(runId);
  yield* run(updateDeleted({ id: row.id, deleted: null }));
}

function* readRun(row: RunRow): Work<Run> {
  const [run] = yield* readRuns([row]);
  assert(run !== undefined, "one row gives one run");
  return run;
}

function nameOf({ runName = "", tags = [] }: CreateRunInput): string | undefined {
  const tagName = tags.findLast(({ key }) => key === SYSTEM_TAGS.runName)?.value ?? "";
  if (runName !== "" && tagName !== "" && runName !== tagName) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${runName}', mlflow.runName='${tagName}').`,
    );
  }
  const name = runName === "" ? tagName : runName;
  return name === "" ? undefined : name;
}

const insertRun = statement<{
  runId: string;
  experimentId: number;
  name: string;
  userId: string;
  startTime: number;
  artifactUri: string;
}>()((db, arg) =>
  db
    .insertInto("runs")
    .values({
      run_uuid: arg("runId"),
      experiment_id: arg("experimentId"),
      name: arg("name"),
      user_id: arg("userId"),
      status: "RUNNING",
      start_time_ms: arg("startTime"),
      artifact_uri: arg("artifactUri"),
    })
    .returningAll(),
);

const updateRunRow = statement<{ id: number; status: string; endTime: number | null }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ status: arg("status"), end_time_ms: arg("endTime") })
    .where("id", "=", arg("id")),
);

const updateDeleted = statement<{ id: number; deleted: number | null }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ deleted_time_ms: arg("deleted") })
    .where("id", "=", arg("id")),
);
