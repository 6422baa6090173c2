import { AppError, isAppError } from "@flightdeck/core";
import type { WorkspacePrincipal } from "@flightdeck/store";
import type { FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Starts programs, or decides what they do: needs a login even on a server that asks for none. */
    startsPrograms?: boolean;
  }
}

/** Who logged in, and with which token. */
export type Account = WorkspacePrincipal & { readonly tokenId: string };

/** Who makes a request. */
export type Principal = {
  readonly name: string;
  /** Absent on a server that asks for no login. */
  readonly account?: Account | undefined;
  /** An admin may do everything; all others may do what they were granted. */
  readonly isAdmin: boolean;
};

/** Identifies who makes a request. Throws `UNAUTHENTICATED` for an invalid login. */
export type Authenticator = (
  request: Pick<FastifyRequest, "headers" | "url" | "ip" | "routeOptions">,
) => Principal | Promise<Principal>;

const EVERYBODY: Principal = { name: "", isAdmin: true };

/** Whoever makes a call that needs no login. */
export const STRANGER: Principal = { name: "", isAdmin: false };

/** Without authentication, everybody who can reach the server may do anything. */
export const openAuthenticator: Authenticator = () => EVERYBODY;

/**
 * Everybody who can reach the server may do anything except start programs, which needs a `login`: any account on this
 * machine can reach a loopback address.
 */
export function openButForPrograms(login: Authenticator): Authenticator {
  return (request) => (request.routeOptions.config.startsPrograms === true ? login(request) : EVERYBODY);
}

/**
 * Identifies callers of a server that asks for no tokens. A job runs any command as the server's own user, so jobs still
 * need an admin's token, unless the operator lets everybody run them.
 */
export function openServerAuthenticator(
  login: Authenticator,
  { mayAllRunJobs }: { readonly mayAllRunJobs: boolean },
): Authenticator {
  if (mayAllRunJobs) return openAuthenticator;
  return openButForPrograms(async (request) => {
    try {
      return await login(request);
    } catch (error) {
      throw isAppError(error, "UNAUTHENTICATED") ? needsToken(error) : error;
    }
  });
}

/** Throws `UNAUTHENTICATED` for a caller without a login, unless everybody may run jobs. */
export function checkMayRunJobs(mayAllRunJobs: boolean, { account }: Principal): void {
  if (!mayAllRunJobs && account === undefined) throw needsToken();
}

function needsToken(cause?: AppError): AppError {
  const reason = cause === undefined ? "" : `${cause.message} `;
  const message =
    `${reason}Jobs run any command as the server's own user, so that they need an admin's token on every server: ` +
    "'flightdeck tokens create' makes one, to be sent as 'Authorization: Bearer TOKEN' (DATABRICKS_TOKEN); " +
    "whoever operates the server may let everybody run them by --allow-jobs";
  return new AppError("UNAUTHENTICATED", message, { cause });
}
