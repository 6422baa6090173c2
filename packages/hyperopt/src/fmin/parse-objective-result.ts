import { hyperoptError } from "../hyperopt-error.ts";
import { STATUS_OK, STATUS_STRINGS, type Status } from "../trials/status.ts";
import type { TrialResult } from "../trials/trial.ts";

export type ParsedObjectiveResult = {
  readonly result: TrialResult;
  readonly attachments: Readonly<Record<string, unknown>>;
};

/**
 * Checks what an objective returned. A number is a loss with status ok; an object needs a known status, or
 * `InvalidResultStatus` is thrown, and a numeric loss when that is ok, or `InvalidLoss` is thrown.
 */
export function parseObjectiveResult(returned: unknown): ParsedObjectiveResult {
  if (typeof returned === "number") return { result: { status: STATUS_OK, loss: returned }, attachments: {} };
  const { attachments, ...report } = asRecord(returned);
  const status = parseStatus(report["status"]);
  const loss = report["loss"];
  if (status === STATUS_OK && typeof loss !== "number") {
    throw hyperoptError("InvalidLoss", `status ok needs a numeric loss, got ${describe(loss)}`);
  }
  for (const key of ["loss", "lossVariance", "trueLoss"]) checkOptionalNumber(report[key], key);
  return {
    result: { ...report, status },
    attachments: attachments === undefined ? {} : asRecord(attachments),
  };
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
