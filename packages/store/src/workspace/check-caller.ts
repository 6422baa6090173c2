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

/**
 * A database as one caller may use it: each transaction first checks what the caller needs, so that nothing can change
 * between check and use. Once it has written it checks no more: what it names may be gone, or have another name, by its
 * own doing.
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
