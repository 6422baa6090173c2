import { hyperoptError } from "../hyperopt-error.ts";
import { STATUS_OK, STATUS_STRINGS, type Status } from "../trials/states.ts";
import type { TrialResult } from "../trials/trial.ts";

export type ParsedObjectiveResult = {
  readonly result: TrialResult;
  readonly attachments: Readonly<Record<string, unknown>>;
};

/**
 * Checks what an objective returned. A number is a loss with status ok. An object needs a known status (otherwise throws
 * `InvalidResultStatus`) and, if that is ok, a loss (otherwise throws `InvalidLoss`). A loss must not be NaN: a trial without a
 * loss uses another status.
 */
export function parseObjectiveResult(returned: unknown): ParsedObjectiveResult {
  if (typeof returned === "number") {
    return { result: { status: STATUS_OK, loss: okLoss(returned) }, attachments: {} };
  }
  const { attachments, ...report } = asRecord(returned);
  const status = parseStatus(report["status"]);
  if (status === STATUS_OK) okLoss(report["loss"]);
  for (const key of ["loss", "lossVariance", "trueLoss"]) checkOptionalNumber(report[key], key);
  return {
    result: { ...report, status },
    attachments: attachments === undefined ? {} : asRecord(attachments),
  };
}

function okLoss(value: unknown): number {
  if (typeof value !== "number") {
    throw hyperoptError("InvalidLoss", `status ok needs a numeric loss, got ${describe(value)}`);
  }
  if (!Number.isNaN(value)) return value;
  throw hyperoptError("InvalidLoss", `the loss is NaN; return { status: "fail" } for a trial without a loss`);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>; // Any object has string keys.
  const allowed = "a number or an object with a status";
  throw hyperoptError("InvalidResultStatus", `fn must return ${allowed}, got ${describe(value)}`);
}

function parseStatus(value: unknown): Status {
  const status = STATUS_STRINGS.find((known) => known === value);
  if (status !== undefined) return status;
  const allowed = STATUS_STRINGS.join(", ");
  throw hyperoptError("InvalidResultStatus", `status must be one of ${allowed}, got ${describe(value)}`);
}

function checkOptionalNumber(value: unknown, key: string): void {
  if (value === undefined || typeof value === "number") return;
  throw hyperoptError("InvalidLoss", `${key} must be a number when given, got ${describe(value)}`);
}

function describe(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}
