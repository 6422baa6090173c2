import type { Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, type Work } from "../database/work.ts";

/** Sets tags of a trace, the last of a key winning. */
export function* setTraceTags(traceId: number, tags: readonly Tag[]): Work<void> {
  yield* insertRows(UPSERT_TAGS, textRows(traceId, tags));
}

/** Sets metadata of a trace, the last of a key winning. */
export function* setTraceMetadata(traceId: number, metadata: readonly Tag[]): Work<void> {
  yield* insertRows(UPSERT_METADATA, textRows(traceId, metadata));
}

/** Sets metadata under keys that have none yet. */
export function* addTraceMetadata(traceId: number, metadata: readonly Tag[]): Work<void> {
  yield* insertRows(ADD_METADATA, textRows(traceId, metadata));
}

export function* findTraceMetadata(traceId: number, key: string): Work<string | undefined> {
  return (yield* first(selectMetadata({ traceId, key })))?.value;
}

/** Whether there was such a tag. */
export function* removeTraceTag(traceId: number, key: string): Work<boolean> {
  return (yield* first(deleteTag({ traceId, key }))) !== undefined;
}

function textRows(traceId: number, texts: readonly Tag[]): (string | number)[][] {
  const values = new Map(texts.map(({ key, value }) => [key, value]));
  return Array.from(values, ([key, value]) => [traceId, key, value]);
}

const COLUMNS = ["trace_id", "key", "value"] as const;
const KEY = ["trace_id", "key"] as const;
const UPSERT_TAGS = bulkInsert("trace_tags", COLUMNS, { target: KEY, update: ["value"] });
const UPSERT_METADATA = bulkInsert("trace_metadata", COLUMNS, { target: KEY, update: ["value"] });
const ADD_METADATA = bulkInsert("trace_metadata", COLUMNS, { target: KEY, update: [] });

type TextKey = { traceId: number; key: string };

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
