import {
  OUTLINE_RUNS_MAX,
  parseFilter,
  parseOrderBy,
  RUN_KEYS_MAX,
  RUN_VALUES_MAX,
  SYSTEM_TAGS,
} from "@flightdeck/protocol";
import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { findVisibleIds } from "../access/viewer.ts";
import { query, statement } from "../database/statement.ts";
import { all, type Database, type Work } from "../database/work.ts";
import { inOrderOf } from "../search/search-page.ts";
import { parseExperimentIds } from "./experiment-rows.ts";
import { idCondition, resolveKeys, type RunSearch } from "./run-search-conditions.ts";
import { findRunIds } from "./search-runs.ts";
import type { SearchRunsInput } from "./tracking-store.ts";

type OutlineRunsInput = Omit<SearchRunsInput, "maxResults" | "pageToken">;

/** The ids of the runs that a search finds, without their data. */
export type RunOutline = {
  /** At most `OUTLINE_RUNS_MAX`, in the order of the search. */
  readonly runs: readonly { readonly runId: string; readonly parentRunId?: string | undefined }[];
  /** Whether more runs match. */
  readonly isCut: boolean;
};

/** The keys that runs of some experiments use, sorted, at most `RUN_KEYS_MAX` of each kind. */
export type RunKeys = Readonly<Record<"metrics" | "params" | "tags", readonly string[]>>;

/** The input of `listRunValues`. */
export type RunValuesInput = {
  readonly experimentIds: readonly string[];
  readonly kind: "params" | "tags";
  readonly key: string;
  /** Only values that contain this text, ignoring case. Empty for all values. */
  readonly contains: string;
};

/** A value of a param or tag, and the number of runs that have it. */
export type RunValue = { readonly value: string; readonly runCount: number };

/**
 * Queries for a table of many runs, in addition to `searchRuns`. Experiments that are absent or hidden from the caller count as
 * empty. An invalid filter or order throws `INVALID_PARAMETER_VALUE`, as in a search.
 */
export interface RunTableStore {
  outlineRuns(input: OutlineRunsInput): Promise<RunOutline>;
  listRunKeys(experimentIds: readonly string[]): Promise<RunKeys>;
  /** At most `RUN_VALUES_MAX`, the most frequent first. Deleted runs count too. */
  listRunValues(input: RunValuesInput): Promise<readonly RunValue[]>;
}

export class SqlRunTableStore implements RunTableStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async outlineRuns(input: OutlineRunsInput): Promise<RunOutline> {
    return this.#database.read(() => outlineRuns(this.#context, input));
  }

  async listRunKeys(experimentIds: readonly string[]): Promise<RunKeys> {
    return this.#database.read(() => listRunKeys(this.#context, experimentIds));
  }

  async listRunValues(input: RunValuesInput): Promise<readonly RunValue[]> {
    return this.#database.read(() => listRunValues(this.#context, input));
  }
}

function* outlineRuns({ visibleTo }: StoreContext, input: OutlineRunsInput): Work<RunOutline> {
  const { runViewType: viewType, filter: text = "", orderBy = [] } = input;
  const filter = parseFilter(text, "runs");
  const orders = parseOrderBy(orderBy, "runs");
  const experimentIds = yield* findVisibleIds(
    visibleTo,
    "experiment",
    parseExperimentIds(input.experimentIds),
  );
  const keys = yield* resolveKeys(experimentIds, filter, orders);
  const search: RunSearch = { experimentIds, viewType, filter, orders, keys, maxResults: OUTLINE_RUNS_MAX };
  const { ids, nextPosition } = yield* findRunIds(search, undefined);
  const parentKeys = yield* all(
    selectKeyIds({ experimentIds: JSON.stringify(experimentIds), key: SYSTEM_TAGS.parentRunId }),
  );
  const rows = yield* all(
    selectOutline({
      ids: JSON.stringify(ids),
      parentKeys: JSON.stringify(parentKeys.map(({ id }) => id)),
    }),
  );
  const runs = inOrderOf(ids, rows).map(({ run_uuid: runId, parent_uuid: parentRunId }) => ({
    runId,
    parentRunId: parentRunId ?? undefined,
  }));
  return { runs, isCut: nextPosition !== undefined };
}

function* listRunKeys({ visibleTo }: StoreContext, experimentIds: readonly string[]): Work<RunKeys> {
  const visible = yield* findVisibleIds(visibleTo, "experiment", parseExperimentIds(experimentIds));
  return {
    metrics: yield* keysOf("latest_metrics", visible),
    params: yield* keysOf("params", visible),
    tags: yield* keysOf("tags", visible),
  };
}

/** Costs one index lookup per key, however many runs use it. */
function* keysOf(
  table: "latest_metrics" | "params" | "tags",
  experimentIds: readonly number[],
): Work<readonly string[]> {
  const rows = yield* all(
    query((_db, dialect) => {
      const isUsed = sql`EXISTS (SELECT 1 FROM ${sql.table(table)} AS used WHERE used.key_id = keys.id)`;
      const isOf = idCondition(sql.ref("keys.experiment_id"), experimentIds, dialect);
      return {
        compile: () =>
          sql<{ readonly key: string }>`SELECT DISTINCT keys.key AS key FROM keys WHERE ${isOf} AND ${isUsed}
            ORDER BY keys.key LIMIT ${RUN_KEYS_MAX}`.compile(dialect.builder),
      };
    }),
  );
  return rows.map(({ key }) => key);
}

/** Longer values, such as documents, are left out. */
const VALUE_CHARS_MAX = 200;

function* listRunValues({ visibleTo }: StoreContext, input: RunValuesInput): Work<readonly RunValue[]> {
  const { kind, key, contains } = input;
  const visible = yield* findVisibleIds(visibleTo, "experiment", parseExperimentIds(input.experimentIds));
  const keys = yield* all(selectKeyIds({ experimentIds: JSON.stringify(visible), key }));
  const keyIds = keys.map(({ id }) => id);
  const pattern = `%${contains.replace(/[\\%_]/g, String.raw`\$&`)}%`;
  const rows = yield* all(
    query((_db, dialect) => ({
      compile: () =>
        sql<{ readonly value: string; readonly run_count: number | string }>`
          SELECT value, COUNT(*) AS run_count FROM ${sql.table(kind)}
          WHERE ${idCondition(sql.ref("key_id"), keyIds, dialect)} AND LENGTH(value) <= ${VALUE_CHARS_MAX}
          AND LOWER(value) LIKE LOWER(${pattern}) ESCAPE '\\'
          GROUP BY value ORDER BY run_count DESC, value LIMIT ${RUN_VALUES_MAX}`.compile(dialect.builder),
    })),
  );
  // PostgreSQL's counts have 64 bits, which its driver returns as text.
  return rows.map(({ value, run_count: runCount }) => ({ value, runCount: Number(runCount) }));
}

const selectKeyIds = statement<{ experimentIds: string; key: string }>()((db, arg, dialect) =>
  db
    .selectFrom("keys")
    .select("id")
    .where("experiment_id", "in", dialect.listOfIntegers(arg("experimentIds")))
    .where("key", "=", arg("key")),
);

const selectOutline = statement<{ ids: string; parentKeys: string }>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .leftJoin("tags", (join) =>
      join
        .onRef("tags.run_id", "=", "runs.id")
        .on("tags.key_id", "in", dialect.listOfIntegers(arg("parentKeys"))),
    )
    .select(["runs.id as id", "runs.run_uuid as run_uuid", "tags.value as parent_uuid"])
    .where("runs.id", "in", dialect.listOfIntegers(arg("ids"))),
);
