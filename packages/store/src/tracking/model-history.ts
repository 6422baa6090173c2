import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { LIMITS, SYSTEM_TAGS } from "@flightdeck/protocol";
import type { Work } from "../database/work.ts";
import { checkLength } from "../validation/text.ts";
import { lockActiveRunRow } from "./run-rows.ts";
import { findRunTag, setRunTags } from "./run-tags.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** What MLflow keeps of an MLmodel in a run's history: the fields that clients before 3 look models up by. */
export function modelHistoryEntry(modelJson: string): JsonObject {
  const model = parseObject(modelJson);
  const kept = KEPT_FIELDS.flatMap((field) => (field in model ? [[field, model[field]] as const] : []));
  return { ...Object.fromEntries(kept), flavors: withoutConfigs(model["flavors"]) };
}

/** Adds an entry to the JSON list in the run's tag `mlflow.log-model.history`. */
export function* appendModelHistory(runId: string, entry: JsonObject): Work<void> {
  const run = yield* lockActiveRunRow(runId);
  const previous = yield* findRunTag(run, SYSTEM_TAGS.loggedModelHistory);
  const history: unknown = previous === undefined ? [] : parseUntrustedJson(previous);
  const value = JSON.stringify([...(Array.isArray(history) ? history : []), entry]);
  checkLength("value", value, LIMITS.tagValueCharsMax);
  yield* setRunTags(run, [{ key: SYSTEM_TAGS.loggedModelHistory, value }]);
}

const KEPT_FIELDS = ["run_id", "utc_time_created", "artifact_path", "model_uuid"] as const;

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = parseUntrustedJson(text);
    if (isObject(value) && "flavors" in value) return value;
  } catch {
    // Reported below, like JSON of another kind.
  }
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    "Malformed model info: model_json must be an MLmodel as a JSON object with the field 'flavors'",
  );
}

/** Flavours without their `config`, which is large and never asked for. */
function withoutConfigs(flavors: unknown): JsonObject {
  if (!isObject(flavors)) return {};
  const entries = Object.entries(flavors).map(([name, flavor]) => {
    if (!isObject(flavor)) return [name, flavor];
    return [name, Object.fromEntries(Object.entries(flavor).filter(([field]) => field !== "config"))];
  });
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
