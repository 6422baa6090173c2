import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";

type Environment = Readonly<Record<string, string | undefined>>;

const FIND_FLIGHTDECK = fileURLToPath(new URL("find-flightdeck.cjs", import.meta.url));

export type RunReference = {
  readonly runId: string;
  readonly experimentId: string;
  readonly trackingUri: string;
};

/**
 * The environment of a project's process: ours, the run to log to, and the running Node first on PATH, so that `node`
 * in a command is a Node that runs TypeScript, unless the project's environment brings one. Programs of Node find our packages
 * wherever the project lies. Python writes its output as it comes, not when a buffer is full.
 */
export function processEnvironment(run: RunReference, env: Environment): Environment {
  // The id is the one that counts: clients refuse a name beside it that is another experiment's.
  const { MLFLOW_EXPERIMENT_NAME: _, ...rest } = env;
  const path = rest["PATH"];
  const node = dirname(process.execPath);
  return {
    PYTHONUNBUFFERED: "1",
    ...rest,
    PATH: path === undefined || path === "" ? node : `${node}${delimiter}${path}`,
    NODE_OPTIONS: withRequire(rest["NODE_OPTIONS"]),
    MLFLOW_RUN_ID: run.runId,
    MLFLOW_EXPERIMENT_ID: run.experimentId,
    MLFLOW_TRACKING_URI: run.trackingUri,
  };
}

/** In quotes, since a path may hold spaces (https://nodejs.org/api/cli.html#node_optionsoptions). */
function withRequire(options: string | undefined): string {
  const require = `--require ${JSON.stringify(FIND_FLIGHTDECK)}`;
  return options === undefined || options === "" ? require : `${options} ${require}`;
}
