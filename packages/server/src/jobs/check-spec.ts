import type { JobTaskSpec } from "@flightdeck/protocol";
import { checkLogDestination } from "../clusters/check-log-destination.ts";

/** What a task asks for is refused when it is defined, not when it runs. Loads what runs tasks, as its start would. */
export async function checkSpec({ task, libraries, cluster }: JobTaskSpec): Promise<void> {
  const asked = "newCluster" in cluster ? cluster.newCluster : undefined;
  if (asked !== undefined) checkLogDestination(asked);
  const { checkTask } = await import("./execution/check-task.ts");
  checkTask({ task, libraries, sparkEnvVars: asked?.spark_env_vars ?? {} });
}
