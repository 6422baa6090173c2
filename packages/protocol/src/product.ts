/** The version of Flightdeck and of all its packages; `tools/tidy.test.ts` compares it with every package.json. */
export const VERSION = "0.1.0";

/**
 * The MLflow release that this product is tested against. Its file formats and responses are the ones produced here, and
 * clusters install it.
 */
export const MLFLOW_VERSION = "3.17.2";

/**
 * The `User-Agent` of a client that uses the server as a Databricks workspace. A server is both an MLflow server and a
 * workspace. With this header, new experiments store their artifacts in DBFS.
 */
export const WORKSPACE_USER_AGENT = `flightdeck/${VERSION} databricks`;

/** Whether a `User-Agent` is the `WORKSPACE_USER_AGENT` of any version. */
export function isWorkspaceUserAgent(userAgent: string): boolean {
  return /^flightdeck\/\S+ databricks\b/.test(userAgent);
}

/** The default location of experiments' artifacts: the root of the server's artifact proxy. */
export const DEFAULT_ARTIFACT_ROOT = "mlflow-artifacts:/";
