import { AppError } from "@flightdeck/core";
import type { Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, type Work } from "../database/work.ts";
import { getTraceRow } from "./trace-rows.ts";

/** Sets tags of a trace. The last value of a key wins. */
export function* setTraceTags(traceId: number, tags: readonly Tag[]): Work<void> {
  yield* insertRows(UPSERT_TAGS, textRows(traceId, tags));
}

/** Sets metadata of a trace. The last value of a key wins. */
export function* setTraceMetadata(traceId: number, metadata: readonly Tag[]): Work<void> {
  yield* insertRows(UPSERT_METADATA, textRows(traceId, metadata));
}

/** Adds metadata for keys that do not exist yet. */
export function* addTraceMetadata(traceId: number, metadata: readonly Tag[]): Work<void> {
  yield* insertRows(ADD_METADATA, textRows(traceId, metadata));
}

export function* findTraceMetadata(traceId: number, key: string): Work<string | undefined> {
  return (yield* first(selectMetadata({ traceId, key })))?.value;
}

/** Returns whether the tag existed. */
function* removeTraceTag(traceId: number, key: string): Work<boolean> {
  return (yield* first(deleteTag({ traceId, key }))) !== undefined;
}

function textRows(traceId: number, texts: readonly Tag[]): (string | number)[][] {
  const values = new Map(texts.map(({ key, value }) => [key, value]));
  return Array.from(values, ([key, value]) => [traceId, key, value]);
}

const COLUMNS = ["trace_id", "key", "value"] as const;

const KEY = ["trace_id", "key"] as const;

type TextKey = { traceId: number; key: string };

/** Runs in a write transaction. */
export function* setTraceTag(traceId: string, tag: Tag): Work<void> {
  yield* setTraceTags((yield* getTraceRow(traceId)).id, [tag]);
}

/** Throws `RESOURCE_DOES_NOT_EXIST` when the tag does not exist. Runs in a write transaction. */
export function* deleteTraceTag(traceId: string, key: string): Work<void> {
  if (yield* removeTraceTag((yield* getTraceRow(traceId)).id, key)) return;
  throw new AppError(
    "RESOURCE_DOES_NOT_EXIST",
    `No trace tag with key '${key}' for trace with ID '${traceId}'`,
  );
}

const UPSERT_TAGS = bulkInsert("trace_tags", COLUMNS, { target: KEY, update: ["value"] });

const UPSERT_METADATA = bulkInsert("trace_metadata", COLUMNS, { target: KEY, update: ["value"] });

const ADD_METADATA = bulkInsert("trace_metadata", COLUMNS, { target: KEY, update: [] });

const selectMetadata = statement<TextKey>()((db, arg) =>
  db
    .selectFrom("trace_metadata")
    .select("value")
    .where("trace_id", "=", arg("traceId"))
    .where("key", "=", arg("key")),
);

const deleteTag = statement<TextKey>()((db, arg) =>
  db
    .deleteFrom("trace_tags")
    .where("trace_id", "=", arg("traceId"))
    .where("key", "=", arg("key"))
    .returning("key"),
);
