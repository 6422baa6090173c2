import { AppError, isAppError } from "@flightdeck/core";
import {
  type Authenticator,
  openAuthenticator,
  openButForPrograms,
  type Principal,
} from "../http/authenticator.ts";
import type { ServerOptions } from "../server-options.ts";

/**
 * Who makes a request to a server that asks for no tokens. A job runs any command as the server's own user, so that jobs
 * need a token of an admin all the same, unless the operator lets everybody run them.
 */
export function openServerAuthenticator(
  { jobs }: Pick<ServerOptions, "jobs">,
  login: Authenticator,
): Authenticator {
  if (jobs?.allow === true) return openAuthenticator;
  return openButForPrograms(async (request) => {
    try {
      return await login(request);
    } catch (error) {
      throw isAppError(error, "UNAUTHENTICATED") ? needsToken(error) : error;
    }
  });
}

/** Throws `UNAUTHENTICATED` for whoever came without a login, by whatever way, where that is not enough. */
export function checkMayRunJobs(isOpen: boolean, { account }: Principal): void {
  if (!isOpen && account === undefined) throw needsToken();
}

function needsToken(cause?: AppError): AppError {
  const reason = cause === undefined ? "" : `${cause.message} `;
  const message =
    `${reason}Jobs run any command as the server's own user, so that they need an admin's token on every server: ` +
    "'flightdeck tokens create' makes one, to be sent as 'Authorization: Bearer TOKEN' (DATABRICKS_TOKEN); " +
    "whoever operates the server may let everybody run them by --allow-jobs";
  return new AppError("UNAUTHENTICATED", message, { cause });
}
