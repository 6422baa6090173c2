import { AppError } from "@flightdeck/core";
import type { Dialect } from "../database/dialect.ts";
import type { Database, Work } from "../database/work.ts";
import { modelNotFound } from "../registry/model-rows.ts";
import { traceNotFound } from "../traces/trace-rows.ts";
import {
  experimentNameNotFound,
  experimentNotFound,
  parseExperimentId,
} from "../tracking/experiment-rows.ts";
import { loggedModelNotFound } from "../tracking/logged-model-rows.ts";
import { runNotFound } from "../tracking/run-rows.ts";
import { findHolding, type Kept } from "./find-holding.ts";
import {
  type Caller,
  type Need,
  PERMISSION_LEVELS,
  type PermissionLevel,
  type Reference,
} from "./workspace-store.ts";

/**
 * Throws unless the caller has all permissions that it needs. For a missing resource it throws the same error as the call
 * itself would, for an insufficient level `PERMISSION_DENIED`. In a write, the result stays valid until the transaction ends.
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
 * A name can refer to a different model after a rename, or after deletion and re-creation; an id cannot, so logging to a run needs
 * no lock. Calls that manage the same resource wait for each other, so a principal whose grant is revoked cannot restore it with
 * a call already in flight. All other calls in flight count as made before the revocation.
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
      return denied(
        principalName,
        "must be an admin, because this does not belong to an experiment or model",
      );
  }
}

/** Repeats only what the caller sent, so that it reveals nothing else about the resource. */
function lacking(principalName: string, { reference, level }: Need): AppError {
  const { kind, ...rest } = reference;
  const noun = kind.replace("-name", "").replace("-", " ");
  return denied(principalName, `needs ${level} on ${noun} ${JSON.stringify(Object.values(rest)[0])}`);
}

function denied(principalName: string, reason: string): AppError {
  return new AppError("PERMISSION_DENIED", `${principalName} ${reason}`);
}

/**
 * A database restricted to one caller: each transaction first checks the caller's permissions, so that nothing can change between
 * check and use. After its first write it no longer checks, because the call itself may have deleted or renamed the resource.
 */
export class CallersDatabase implements Database {
  readonly dialect: Dialect;
  readonly #database: Database;
  readonly #caller: Caller;
  #hasWritten = false;

  constructor(database: Database, caller: Caller) {
    this.dialect = database.dialect;
    this.#database = database;
    this.#caller = caller;
  }

  async read<T>(work: () => Work<T>): Promise<T> {
    return this.#database.read(this.#checked(work, false));
  }

  async write<T>(work: () => Work<T>): Promise<T> {
    const result = await this.#database.write(this.#checked(work, true));
    this.#hasWritten = true;
    return result;
  }

  writesWaiting(): number {
    return this.#database.writesWaiting();
  }

  async close(): Promise<void> {
    return this.#database.close();
  }

  #checked<T>(work: () => Work<T>, isWrite: boolean): () => Work<T> {
    if (this.#hasWritten) return work;
    const caller = this.#caller;
    return function* () {
      yield* checkCaller(caller, isWrite);
      return yield* work();
    };
  }
}
