import type { Command } from "commander";
import { parseArtifactUri } from "@flightdeck/artifacts";
import { loadModel as loadModelUri, type MlflowClient } from "@flightdeck/client";
import { loadModel, type LoadModelOptions, type Model } from "@flightdeck/models";
import type { DataDirFlag } from "../../data-dir.ts";
import { note } from "../../output/print.ts";
import { showEnvironment, showTransfer } from "../../output/progress.ts";
import { withTracking } from "../../tracking.ts";

/** The option that selects the model. */
export const MODEL_URI: readonly [flags: string, description: string] = [
  "-m, --model-uri <URI>",
  "A folder, runs:/, models:/ or artifact URI.",
];

/** Options for building the environment of a Python model. */
export type EnvironmentFlags = {
  readonly envManager?: string | undefined;
  readonly bestEffort?: boolean | undefined;
  /** `--no-conda`: the same as `--env-manager local`. */
  readonly conda?: boolean | undefined;
};

/** The flags of commands that load one model. */
export type ModelFlags = DataDirFlag & EnvironmentFlags & { readonly modelUri: string };

/** Adds the options of `EnvironmentFlags`. */
export function addEnvironmentOptions(command: Command): Command {
  return command
    .option(
      "--env-manager <TEXT>",
      "For Python models, the tool that builds the environment: uv, virtualenv or conda; local uses the Python on PATH (default: depends on the model's files).",
    )
    .option("--no-conda", "The same as --env-manager local.")
    .option(
      "--best-effort",
      "If the exact environment is not available, use the nearest Python and package versions.",
    );
}

/** Converts the flags to options of `loadModel`. */
export function environmentOptions(
  { envManager, bestEffort, conda }: EnvironmentFlags,
  signal: AbortSignal,
): LoadModelOptions & { readonly signal: AbortSignal } {
  return {
    envManager: conda === false ? "local" : envManager,
    bestEffort,
    onEnvironment: showEnvironment(),
    onRemark: note,
    signal,
  };
}

/** Whether a model is a local folder, which needs no tracking server. */
export function isLocalUri(uri: string): boolean {
  return parseArtifactUri(uri).kind === "file";
}

/** Loads the model that the flags select. Connects to a tracking server only if the model is not in a local folder. */
export async function loadFlaggedModel(flags: ModelFlags, signal: AbortSignal): Promise<Model> {
  const options = environmentOptions(flags, signal);
  if (isLocalUri(flags.modelUri)) return await loadNamedModel(flags.modelUri, undefined, options);
  return await withTracking(flags, ({ client }) => loadNamedModel(flags.modelUri, client, options));
}

/** Loads the model that a URI refers to; without a client, only from a local folder. */
export async function loadNamedModel(
  uri: string,
  client: MlflowClient | undefined,
  options: LoadModelOptions,
): Promise<Model> {
  if (client !== undefined) return await loadModelUri(client, uri, { ...options, onProgress: showTransfer });
  const parsed = parseArtifactUri(uri);
  return await loadModel(parsed.kind === "file" ? parsed.file : uri, options);
}
