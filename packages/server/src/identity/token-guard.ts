import { type Clock, systemClock } from "@flightdeck/core";
import type { WorkspaceStore } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Access } from "./access.ts";
import { AuditLog } from "./audit-log.ts";
import { TokenAuthenticator } from "./token-authenticator.ts";

/** What a server with `auth: "token"` has beside one that is open. */
export type TokenGuard = {
  readonly access: Access;
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
    access: new Access(workspace),
    authenticator: new TokenAuthenticator(workspace, clock),
    audit: new AuditLog(auditFolder, clock),
  };
}

/** Checks what each route beside the endpoint table names, and writes down what was done and what was refused. */
export function addTokenGuard(app: FastifyInstance, { access, audit }: TokenGuard): void {
  app.decorateRequest("named");
  app.addHook("preHandler", async (request) => {
    const { permission = "workspace.admin", resources = NOTHING_NAMED } = request.routeOptions.config;
    if (request.is404 || permission === "public" || resources === "checked by the handler") return;
    const needed = resources(request);
    request.named = needed.map(({ reference }) => reference);
    await access.check(request.principal, needed);
  });
  app.addHook("onResponse", (request, reply, done) => {
    if (isWorthKeeping(request, reply)) audit.add(entryOf(request, reply));
    done();
  });
  app.addHook("onClose", (_app, done) => {
    audit.close();
    done();
  });
}

/** A route that does not say what it names is the admins'. */
const NOTHING_NAMED = () => [] as const;

/** What changes something, and what was refused. An attempt beyond the bound, or without a token, is no news. */
function isWorthKeeping(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  if (request.is404 || statusCode === 429) return false;
  const permission = request.routeOptions.config.permission ?? "";
  if (statusCode === 401) return request.headers.authorization !== undefined || permission === "public";
  return (
    statusCode === 403 || !(permission === "public" || permission.endsWith(".view")) || isOwnToken(request)
  );
}

/** One's own tokens are every user's, and changed all the same. */
function isOwnToken({ routeOptions, method }: FastifyRequest): boolean {
  return method === "POST" && /\/token(\/|$)/.test(routeOptions.url ?? "");
}

function entryOf(request: FastifyRequest, { statusCode }: FastifyReply) {
  const { principal, routeOptions, method, ip, named = [] } = request;
  // Not set for whoever was not let in, whatever the type says.
  const who = (principal as typeof principal | undefined) ?? { name: "", account: undefined };
  return {
    principal: who.name,
    ...(who.account !== undefined && { tokenId: who.account.tokenId }),
    address: ip,
    action: `${method} ${routeOptions.url ?? ""}`,
    permission: routeOptions.config.permission ?? "",
    resources: named,
    status: statusCode,
    result: resultOf(statusCode),
  } as const;
}

function resultOf(status: number): "done" | "refused" | "failed" {
  if (status < 400) return "done";
  return status === 401 || status === 403 ? "refused" : "failed";
}
