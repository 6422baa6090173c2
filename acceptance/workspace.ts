import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { createToken } from "./create-token.ts";
import { STOCK_ENVIRONMENT } from "./run-python.ts";
import { ServingCommand } from "./serving-command.ts";

/** The experiment that `TestWorkspace.env` selects. */
export const WORKSPACE_EXPERIMENT = "/Users/me@example.com/airline";

/** A `flightdeck server` with token login that clients use as a Databricks workspace. */
export type TestWorkspace = {
  readonly server: ServingCommand;
  readonly client: MlflowClient;
  /** The variables with which a command uses the workspace. */
  readonly env: Readonly<Record<string, string>>;
};

/** Starts a workspace with its data below a folder. */
export async function startWorkspace(folder: string): Promise<TestWorkspace> {
  const dataDir = join(folder, "data");
  const serve = ["server", "-p", "0", "--data-dir", dataDir, "--auth", "token"];
  const server = await ServingCommand.start(serve, { cwd: folder, env: process.env });
  const token = await createToken({ dataDir }, "me@example.com");
  const env = {
    MLFLOW_EXPERIMENT_NAME: WORKSPACE_EXPERIMENT,
    MLFLOW_TRACKING_URI: "databricks",
    DATABRICKS_HOST: server.url,
    DATABRICKS_TOKEN: token,
    HOME: folder, // Hides the Databricks profiles of the user who runs the tests.
    ...STOCK_ENVIRONMENT,
  };
  return { server, client: new MlflowClient({ trackingUri: server.url, token }), env };
}
