import { AppError } from "@flightdeck/core";
import type { Tag } from "@flightdeck/protocol";
import type { Work } from "../database/work.ts";
import { getTraceRow } from "./trace-rows.ts";
import { removeTraceTag, setTraceTags } from "./trace-texts.ts";

/** Part of a write. */
export function* setTraceTag(traceId: string, tag: Tag): Work<void> {
  yield* setTraceTags((yield* getTraceRow(traceId)).id, [tag]);
}

/** Part of a write. An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
export function* deleteTraceTag(traceId: string, key: string): Work<void> {
  if (yield* removeTraceTag((yield* getTraceRow(traceId)).id, key)) return;
  throw new AppError(
    "RESOURCE_DOES_NOT_EXIST",
    `No trace tag with key '${key}' for trace with ID '${traceId}'`,
  );
}
