import { AppError } from "@flightdeck/core";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { LoggedModelTable } from "../database/tables.ts";
import { first, type Work } from "../database/work.ts";

export type LoggedModelRow = Selectable<LoggedModelTable>;

/** The row, deleted or not; throws `RESOURCE_DOES_NOT_EXIST` when absent. */
export function* getLoggedModelRow(modelId: string): Work<LoggedModelRow> {
  const row = yield* first(selectModel({ modelId }));
  if (row === undefined) throw loggedModelNotFound(modelId);
  return row;
}

export function loggedModelNotFound(modelId: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `Logged model with ID '${modelId}' not found.`);
}

const selectModel = statement<{ modelId: string }>()((db, arg) =>
  db.selectFrom("logged_models").selectAll().where("model_uuid", "=", arg("modelId")),
);
