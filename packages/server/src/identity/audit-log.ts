import { type Clock, systemClock } from "@flightdeck/core";
import type { Resource } from "@flightdeck/protocol";
import { narrowToOwner, type WorkspaceStore } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { TokenAuthenticator } from "./token-authenticator.ts";

/** Who did what, to which records, and how it ended. It holds no secrets and no content of requests. */
export type AuditEntry = {
  /** Empty when the caller was not admitted. */
  readonly principal: string;
  readonly tokenId?: string | undefined;
  readonly address: string;
  /** Method and route, such as `POST /api/2.0/mlflow/runs/create`. */
  readonly action: string;
  /** Who may do it: the audience and the level that the call declares. */
  readonly permission: string;
  /** The records that the request named. */
  readonly resources: readonly Resource[];
  readonly status: number;
  readonly result: "done" | "refused" | "failed";
};

/** A request may name thousands of records; the log keeps the first ones. */
const RESOURCES_MAX = 20;

/** Only the owner may read the log. */
const MODE = { folder: 0o700, file: 0o600 } as const;

/**
 * A folder with one file a day (UTC). Each entry becomes a line of JSON before its response is complete. Lines are never
 * changed or removed here; operators may delete the files of past days.
 */
export class AuditLog {
  readonly #folder: string;
  readonly #clock: Clock;
  #day = "";
  #file: number | undefined;

  constructor(folder: string, clock: Clock) {
    mkdirSync(folder, { recursive: true, mode: MODE.folder });
    for (const name of readdirSync(folder)) narrowToOwner(join(folder, name));
    this.#folder = folder;
    this.#clock = clock;
  }

  add(entry: AuditEntry): void {
    const time = new Date(this.#clock.nowMs()).toISOString();
    const resources = entry.resources.slice(0, RESOURCES_MAX);
    writeSync(this.#fileOf(time.slice(0, 10)), `${JSON.stringify({ time, ...entry, resources })}\n`);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#day = "";
  }

  #fileOf(day: string): number {
    if (this.#file === undefined || day !== this.#day) {
      this.close();
      this.#file = openSync(join(this.#folder, `${day}.jsonl`), "a", MODE.file);
      this.#day = day;
    }
    return this.#file;
  }
}

/** The parts that exist only on a server with `auth: "token"`. */
export type TokenGuard = {
  readonly authenticator: TokenAuthenticator;
  readonly audit: AuditLog;
};

type TokenGuardInput = {
  readonly workspace: WorkspaceStore;
  readonly auditFolder: string;
  readonly clock?: Clock | undefined;
};

export function createTokenGuard({
  workspace,
  auditFolder,
  clock = systemClock,
}: TokenGuardInput): TokenGuard {
  return {
    authenticator: new TokenAuthenticator(workspace, clock),
    audit: new AuditLog(auditFolder, clock),
  };
}

/** Logs the requests that change something and those that are refused. */
export function addAudit(app: FastifyInstance, { audit }: TokenGuard): void {
  app.addHook("onResponse", (request, reply, done) => {
    if (isWorthKeeping(request, reply)) audit.add(entryOf(request, reply));
    done();
  });
  app.addHook("onClose", (_app, done) => {
    audit.close();
    done();
  });
}

/** Changes and refusals. Attempts beyond the bound, or without a token, are not logged. */
function isWorthKeeping(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  if (request.is404 || statusCode === 429) return false;
  const { access } = request.routeOptions.config;
  const isOpen = access?.audience === "anybody";
  if (statusCode === 401) return request.headers.authorization !== undefined || isOpen;
  return statusCode === 403 || (access?.level !== "CAN_READ" && !isOpen);
}

function entryOf(request: FastifyRequest, { statusCode }: FastifyReply) {
  const { principal, routeOptions, method, ip, named = () => [] } = request;
  const { access } = routeOptions.config;
  // Not set when the caller was not admitted, although the type says so.
  const who = (principal as typeof principal | undefined) ?? { name: "", account: undefined };
  return {
    principal: who.name,
    tokenId: who.account?.tokenId,
    address: ip,
    action: `${method} ${routeOptions.url ?? ""}`,
    permission: access === undefined ? "" : `${access.audience} ${access.level}`,
    resources: named(),
    status: statusCode,
    result: resultOf(statusCode),
  } as const;
}

function resultOf(status: number): "done" | "refused" | "failed" {
  if (status < 400) return "done";
  return status === 401 || status === 403 ? "refused" : "failed";
}
