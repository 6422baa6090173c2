import { type Clock, systemClock } from "@flightdeck/core";
import type { WorkspaceStore } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AuditLog } from "./audit-log.ts";
import { TokenAuthenticator } from "./token-authenticator.ts";

/** What a server with `auth: "token"` has beside one that is open. */
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

/** Writes down what was done and what was refused. */
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

/** What changes something, and what was refused. An attempt beyond the bound, or without a token, is no news. */
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
  // Not set for whoever was not let in, whatever the type says.
  const who = (principal as typeof principal | undefined) ?? { name: "", account: undefined };
  return {
    principal: who.name,
    ...(who.account !== undefined && { tokenId: who.account.tokenId }),
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
