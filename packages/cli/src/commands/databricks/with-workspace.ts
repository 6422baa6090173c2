import { databricksOptions, WorkspaceClient } from "@flightdeck/client/databricks";
import { AppError, isAppError } from "@flightdeck/core";
import { watchStopSignals } from "../../stop-signals.ts";
import { QUICK_RETRIES } from "../../tracking.ts";
import type { ProfileFlag } from "./options.ts";

export type WorkspaceSession = {
  readonly client: WorkspaceClient;
  readonly signal: AbortSignal;
};

/**
 * Calls `action` with a client for the workspace given by the profile or the environment. Ctrl-C aborts its requests. A
 * profile given by option overrides the login variables of the environment, as in the old command line, so that its
 * token never goes to another host.
 */
export async function withWorkspace<T>(
  { profile }: ProfileFlag,
  action: (session: WorkspaceSession) => Promise<T>,
): Promise<T> {
  const options =
    profile === undefined
      ? databricksOptions("databricks", process.env)
      : databricksOptions(`databricks://${profile}`, withoutLogin(process.env));
  const stop = watchStopSignals();
  const client = new WorkspaceClient({ ...options, ...QUICK_RETRIES, signal: stop.signal });
  try {
    return await action({ client, signal: stop.signal });
  } catch (error) {
    throw isRefusedLogin(error) ? refusedLogin(error, client.host, profile) : error;
  } finally {
    stop.dispose();
  }
}

/** Removes the login variables but keeps the one for the profile file. */
function withoutLogin(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith("DATABRICKS_") || name === "DATABRICKS_CONFIG_FILE",
  );
  return Object.fromEntries(kept);
}

function isRefusedLogin(error: unknown): error is AppError {
  return isAppError(error, "UNAUTHENTICATED") || isAppError(error, "CUSTOMER_UNAUTHORIZED");
}

/** The token may be wrong, expired, revoked or from another workspace. The server's message says which, if it knows. */
function refusedLogin(cause: AppError, host: string, profile: string | undefined): AppError {
  const whence = profile === undefined ? "the environment or the default profile" : `profile ${profile}`;
  const message = `${host} does not accept the login of ${whence}: ${cause.message} Set a valid one by 'flightdeck databricks configure' or DATABRICKS_TOKEN.`;
  return new AppError(cause.code, message, { cause });
}
