import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../fluent/tracking-environment.ts";

/** Where profiles are: `DATABRICKS_CONFIG_FILE`, else `~/.databrickscfg`. */
export function configFileOf(env: Environment): string {
  const path = env["DATABRICKS_CONFIG_FILE"];
  if (path === undefined || path === "") return join(homedir(), ".databrickscfg");
  return path.replace(/^~(?=\/)/, homedir());
}
