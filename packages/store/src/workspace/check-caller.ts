import { AppError } from "@flightdeck/core";
import type { Work } from "../database/work.ts";
import { modelNotFound } from "../registry/model-rows.ts";
import { experimentNameNotFound, experimentNotFound, parseExperimentId } from "../tracking/experiments.ts";
import { loggedModelNotFound } from "../tracking/logged-model-rows.ts";
import { runNotFound } from "../tracking/run-rows.ts";
import { traceNotFound } from "../traces/trace-rows.ts";
import { findHolding, type Kept } from "./find-holding.ts";
import {
  type Caller,
  type Need,
  PERMISSION_LEVELS,
  type PermissionLevel,
  type Reference,
} from "./workspace-store.ts";

/**
 * Throws unless the caller holds what it needs: for what is absent, as the call itself would, and `PERMISSION_DENIED` for
 * what is held too little. In a write, what was found stays true until the write ends.
 */
export function* checkCaller({ principalName, needs }: Caller, isWrite: boolean): Work<void> {
  for (const need of needs) {
    const refusal = yield* findRefusal(principalName, need, isWrite);
    if (refusal !== undefined) throw refusal;
  }
}

function* findRefusal(principalName: string, need: Need, isWrite: boolean): Work<AppError | undefined> {
  const { reference, level, or, mayBeAbsent } = need;
  const holding = yield* findHolding(principalName, reference, isWrite ? keptFor(need) : "nothing");
  if (holding === undefined ? mayBeAbsent : holds(holding.level, level)) return undefined;
  const other = or && (yield* findHolding(principalName, or));
  if (holds(other?.level, level)) return undefined;
  return holding === undefined ? absent(principalName, reference) : lacking(principalName, need);
}

/**
 * Names come to mean another thing when models are renamed, or deleted and made again; ids never do, and so a run's
 * metrics need no lock. Those who manage a resource wait for each other: whoever loses it by a change of grants cannot
 * change them back by a call that was under way. Any other call that was counts as made before.
 */
function keptFor({ reference, level }: Need): Kept {
  if (level === "CAN_MANAGE") return "all";
  return reference.kind === "registered-model" || reference.kind === "experiment-name" ? "name" : "nothing";
}

function holds(has: PermissionLevel | undefined, level: PermissionLevel): boolean {
  return has !== undefined && PERMISSION_LEVELS.indexOf(has) >= PERMISSION_LEVELS.indexOf(level);
}

function absent(principalName: string, reference: Reference): AppError {
  switch (reference.kind) {
    case "experiment":
      return experimentNotFound(parseExperimentId(reference.experimentId));
    case "experiment-name":
      return experimentNameNotFound(reference.name);
    case "run":
      return runNotFound(reference.runId);
    case "logged-model":
      return loggedModelNotFound(reference.modelId);
    case "trace":
      return traceNotFound(reference.traceId);
    case "registered-model":
      return modelNotFound(reference.name);
    case "artifact":
    case "version-files":
      return denied(principalName, "must be an admin, since this belongs to no experiment or model");
  }
}

/** In the words of the one who asked: nothing else of it is told. */
function lacking(principalName: string, { reference, level }: Need): AppError {
  const { kind, ...rest } = reference;
  const noun = kind.replace("-name", "").replace("-", " ");
  return denied(principalName, `needs ${level} on ${noun} ${JSON.stringify(Object.values(rest)[0])}`);
}

function denied(principalName: string, says: string): AppError {
  return new AppError("PERMISSION_DENIED", `${principalName} ${says}`);
}
