import { parseArtifactUri } from "@flightdeck/artifacts";
import { type MlflowClient, pinModelUri } from "@flightdeck/client";
import { invalid, untilAborted } from "@flightdeck/core";
import { type Model, ModelSet, startScoringServer } from "@flightdeck/models";
import type { Command } from "commander";
import { basename } from "node:path";
import { DATA_DIR_OPTION, type DataDirFlag } from "../../data-dir.ts";
import { note, printLine } from "../../output/print.ts";
import { type StopSignals, watchStopSignals } from "../../stop-signals.ts";
import { PATIENT_RETRIES, withTracking } from "../../tracking.ts";
import { collect, parseCount, parsePort } from "../options.ts";
import { exampleCalls } from "./example-calls.ts";
import { followAliases, type ServedUri } from "./follow-aliases.ts";
import {
  addEnvironmentOptions,
  type EnvironmentFlags,
  environmentOptions,
  isLocalUri,
  loadNamedModel,
  MODEL_URI,
} from "./model-options.ts";

type ServeFlags = DataDirFlag &
  EnvironmentFlags & {
    readonly modelUri: readonly string[];
    readonly host: string;
    readonly port: number;
    readonly workers: number;
  };

/** `flightdeck models serve`. */
export function defineServe(command: Command): void {
  command
    .description(
      "Serve models over HTTP: POST /invocations, or /serving-endpoints/NAME/invocations for several.",
    )
    .requiredOption(
      MODEL_URI[0],
      `${MODEL_URI[1]} Repeatable. When an alias moves to another version, the server switches to it.`,
      collect,
    )
    .option("-p, --port <INTEGER>", "The port to listen on; 0 picks a free one.", parsePort, 5000)
    .option("-h, --host <HOST>", "The address to listen on.", "127.0.0.1");
  addEnvironmentOptions(command)
    .option("-w, --workers <INTEGER>", "Number of processes for each Python model.", parseCount, 1)
    .option(...DATA_DIR_OPTION)
    .action(serveModel);
}

/** Serves models until the first signal, then closes and exits with code 0, as is usual for servers. */
async function serveModel(flags: ServeFlags): Promise<void> {
  const stop = watchStopSignals();
  try {
    if (flags.modelUri.every(isLocalUri)) await serveModels(flags, undefined, stop);
    else await withTracking(flags, ({ client }) => serveModels(flags, client, stop), PATIENT_RETRIES);
  } finally {
    stop.dispose();
  }
}

async function serveModels(
  flags: ServeFlags,
  client: MlflowClient | undefined,
  stop: StopSignals,
): Promise<void> {
  const load = (uri: string): Promise<Model> =>
    loadNamedModel(uri, client, { ...environmentOptions(flags, stop.signal), workers: flags.workers });
  const served = await Promise.all(
    namedUris(flags.modelUri).map(async ({ name, uri }): Promise<ServedUri> => {
      return { name, uri, pinned: client === undefined ? uri : await pinModelUri(client, uri) };
    }),
  );
  const models = new ModelSet(await loadAll(served, load));
  let following = Promise.resolve();
  try {
    const server = await startScoringServer({ model: models, host: flags.host, port: flags.port });
    for (const { name, uri } of served) {
      const path =
        served.length === 1 ? "/invocations" : `/serving-endpoints/${encodeURIComponent(name)}/invocations`;
      printLine(`${uri} answers on ${server.url}${path}`);
      exampleCalls(server.url + path, models.get(name)).forEach((call) => printLine(`  ${call}`));
    }
    note("press Ctrl-C to stop");
    if (client !== undefined)
      following = followAliases({ served, models, client, load, signal: stop.signal });
    await untilAborted(stop.signal);
    await Promise.race([server.close(), untilAborted(stop.killSignal)]);
  } finally {
    await following; // A model that is still loading is either discarded, or added to the set that is closed below.
    await models.close();
  }
}

async function loadAll(
  served: readonly ServedUri[],
  load: (uri: string) => Promise<Model>,
): Promise<Record<string, Model>> {
  const models: Record<string, Model> = {};
  try {
    for (const { name, pinned } of served) models[name] = await load(pinned);
    return models;
  } catch (error) {
    await Promise.all(Object.values(models).map((model) => model.close()));
    throw error;
  }
}

/** Names each model: a registered model by its own name, any other by the last part of its path. */
function namedUris(uris: readonly string[]): readonly Pick<ServedUri, "name" | "uri">[] {
  const named = uris.map((uri) => {
    const parsed = parseArtifactUri(uri);
    if (parsed.kind === "models" && "name" in parsed.model) return { name: parsed.model.name, uri };
    return { name: basename(parsed.kind === "file" ? parsed.file : uri), uri };
  });
  const twice = named.find(({ name }, i) => named.findIndex((each) => each.name === name) !== i);
  if (twice === undefined) return named;
  throw invalid(`--model-uri names two models "${twice.name}"; each served model needs its own name`);
}
