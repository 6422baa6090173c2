import { databricksOptions, WorkspaceClient } from "@flightdeck/client/databricks";
import { AppError, isAppError } from "@flightdeck/core";
import { watchStopSignals } from "../../process/stop-signals.ts";
import type { ProfileFlag } from "./workspace-options.ts";

/** Three pauses of at most 0.2, 0.4 and 0.8 s: a person at a terminal hears soon that a server is not there. */
const RETRY = { attemptsMax: 4 };

export type WorkspaceSession = {
  readonly client: WorkspaceClient;
  readonly signal: AbortSignal;
};

/**
 * Calls `action` with a client of the workspace that the profile or the environment names; Ctrl-C stops what it does. A
 * profile that is named here counts alone, as with the old command line: its token must not go to another host.
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
  const client = new WorkspaceClient({ ...options, retry: RETRY, signal: stop.signal });
  try {
    return await action({ client, signal: stop.signal });
  } catch (error) {
    throw isRefusedLogin(error) ? refusedLogin(error, client.host, profile) : error;
  } finally {
    stop.dispose();
  }
}

/** What names a file of profiles stays. */
function withoutLogin(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith("DATABRICKS_") || name === "DATABRICKS_CONFIG_FILE",
  );
  return Object.fromEntries(kept);
}

function isRefusedLogin(error: unknown): error is AppError {
  return isAppError(error, "UNAUTHENTICATED") || isAppError(error, "CUSTOMER_UNAUTHORIZED");
}

/** Wrong, expired, revoked, or another workspace's: the server says which, as far as it knows. */
function refusedLogin(cause: AppError, host: string, profile: string | undefined): AppError {
  const whence = profile === undefined ? "the environment or the default profile" : `profile ${profile}`;
  const message = `${host} does not accept the login of ${whence}: ${cause.message} Set a valid one by 'flightdeck databricks configure' or DATABRICKS_TOKEN.`;
  return new AppError(cause.code, message, { cause });
}
