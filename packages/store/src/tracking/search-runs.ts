import { AppError } from "@flightdeck/core";
import { LIMITS, type Run } from "@flightdeck/protocol";
import { sql } from "kysely";
import { query } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import type { Page } from "../page.ts";
import { parseExperimentId } from "./experiments.ts";
import { readRuns } from "./run-data.ts";
import type { SearchRunsInput } from "./tracking-store.ts";

export function* searchRuns(input: SearchRunsInput): Work<Page<Run>> {
  const { maxResults = LIMITS.searchRunsResultsDefault, filter = "", orderBy = [] } = input;
  if (filter !== "" || orderBy.length > 0) {
    throw new AppError("NOT_IMPLEMENTED", "filters and orders of runs are not there yet");
  }
  const experimentIds = JSON.stringify(input.experimentIds.map(parseExperimentId));
  const rows = yield* all(
    query((db, dialect) =>
      db
        .selectFrom("runs")
        .selectAll()
        .where("experiment_id", "in", dialect.listOfIntegers(sql.val(experimentIds)))
        .where("deleted_time_ms", "is", null)
        .orderBy("start_time_ms", "desc")
        .orderBy("run_uuid")
        .limit(maxResults),
    ),
  );
  return { items: yield* readRuns(rows) };
}
