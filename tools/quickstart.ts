import { MlflowClient } from "@flightdeck/client";
import { exitCodeOf, runProcess } from "@flightdeck/compute";
import { AppError, messageOf } from "@flightdeck/core";
import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { flightdeck, type Service, startService } from "./quickstart-service.ts";

/*
 * The guide's job from start to finish, with the commands that a user would type: a server, a project run that searches
 * and registers a model, a served model, a query. `npm run quickstart` installs missing packages and runs this.
 */

const ROOT = join(import.meta.dirname, "..");
const PROJECT = join(ROOT, "examples/airline");
const DATA_DIR = join(ROOT, ".flightdeck");
const EXPERIMENT = "airline";
const REGISTERED_MODEL = "rapids_mlflow_cli";

/**
 * Small enough to take under three minutes on two cores; the guide's own search has 20 evaluations of up to 1000 trees.
 */
const MAX_EVALS = 8;
const N_ESTIMATORS_MAX = 200;

const PROJECT_OPTIONS = [
  ["--experiment-name", EXPERIMENT],
  ["-P", `conda-env=${join(PROJECT, "envs/conda.yaml")}`],
  ["-P", `fpath=${join(PROJECT, "airline_small.parquet")}`],
  ["-P", `max_evals=${MAX_EVALS}`],
  ["-P", `n_estimators_max=${N_ESTIMATORS_MAX}`],
].flat();

const cancelling = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => cancelling.abort(signal));
const services: Service[] = [];

try {
  await quickstart(cancelling.signal);
} catch (error) {
  if (!cancelling.signal.aborted) {
    say(messageOf(error));
    process.exitCode = 1;
  }
} finally {
  for (const service of services.toReversed()) await service.stop();
}
if (cancelling.signal.aborted) process.exitCode = 130; // The exit code for a program ended by Ctrl-C.

async function quickstart(signal: AbortSignal): Promise<void> {
  await mkdir(DATA_DIR, { recursive: true, mode: 0o700 });
  const server = await startServer(signal);
  await runProject(server.url, signal);
  const client = new MlflowClient({ trackingUri: server.url });
  const results = await findResults(client, { experiment: EXPERIMENT, registeredModel: REGISTERED_MODEL });
  const scoring = await serveModel(server.url, results.modelVersion, signal);
  summarise({ server, scoring, results, prediction: await askGuidesQuestion(scoring.url) });
  if (!process.stdout.isTTY || signal.aborted) return;
  say("the page stays open until you press Ctrl-C");
  await once(signal, "abort");
}

async function startServer(signal: AbortSignal): Promise<Service> {
  const port = await freePort(5000);
  const argv = flightdeck("server", "--port", String(port), "--data-dir", DATA_DIR);
  const logFile = join(DATA_DIR, "server.log");
  return remember(
    await startService({ argv, logFile, url: `http://127.0.0.1:${port}`, readyPath: "/health", signal }),
  );
}

async function runProject(trackingUri: string, signal: AbortSignal): Promise<void> {
  say(`searching ${MAX_EVALS} forests on 327,346 flights; watch it at ${trackingUri}`);
  const exit = await runProcess({
    argv: flightdeck("run", `file:///${PROJECT}`, "-b", "local", "-e", "hyperopt", ...PROJECT_OPTIONS),
    env: { ...process.env, MLFLOW_TRACKING_URI: trackingUri },
    onOutput: ({ chunk }) => void process.stderr.write(chunk),
    signal,
  });
  const code = exitCodeOf(exit);
  if (code !== 0) throw new AppError("INTERNAL_ERROR", `the project failed with exit code ${code}`);
}

async function serveModel(trackingUri: string, version: string, signal: AbortSignal): Promise<Service> {
  const port = await freePort(55755);
  const argv = flightdeck(
    "models",
    "serve",
    "-m",
    `models:/${REGISTERED_MODEL}/${version}`,
    "-p",
    String(port),
  );
  const env = { MLFLOW_TRACKING_URI: trackingUri };
  const logFile = join(DATA_DIR, "serve.log");
  return remember(
    await startService({ argv, env, logFile, url: `http://127.0.0.1:${port}`, readyPath: "/ping", signal }),
  );
}

/** The query in the guide's `test_call.sh`, with the content type used at that time. */
async function askGuidesQuestion(url: string): Promise<string> {
  const script = await readFile(join(PROJECT, "test_call.sh"), "utf8");
  const body = /--data '(.+)'/.exec(script)?.[1];
  if (body === undefined) throw new AppError("INTERNAL_ERROR", "test_call.sh contains no query");
  const headers = { "content-type": "application/json; format=pandas-split" };
  const answer = await fetch(`${url}/invocations`, { method: "POST", headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new AppError("INTERNAL_ERROR", `the served model answered ${answer.status}: ${text}`);
  return text;
}

/** The results of the job, read from the server as any client would. */
type Results = {
  readonly experimentId: string;
  readonly trials: number;
  readonly bestParams: string;
  readonly bestAccuracy: number;
  readonly modelVersion: string;
  readonly fullPath: string;
};

/** Finds the newest search of an experiment and the newest version of the model that it registered. */
async function findResults(
  client: MlflowClient,
  names: { readonly experiment: string; readonly registeredModel: string },
): Promise<Results> {
  const { experimentId } = await client.getExperimentByName(names.experiment);
  const parent = await newestSearch(client, experimentId);
  const trials = await client.searchRuns({
    experimentIds: [experimentId],
    filter: `tags.\`${SYSTEM_TAGS.parentRunId}\` = '${parent.info.runId}'`,
    orderBy: ["metrics.accuracy DESC"],
  });
  const best = trials.items[0];
  if (best === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", "the search has no trials");
  const [version] = await client.getLatestVersions(names.registeredModel, []);
  if (version === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", "the search registered no model");
  return {
    experimentId,
    trials: trials.items.length,
    bestParams: best.data.params.map(({ key, value }) => `${key}=${value}`).join(", "),
    bestAccuracy: best.data.metrics.find(({ key }) => key === "accuracy")?.value ?? Number.NaN,
    modelVersion: version.version,
    fullPath: await client.getModelVersionDownloadUri(version),
  };
}

async function newestSearch(client: MlflowClient, experimentId: string): Promise<Run> {
  const { items } = await client.searchRuns({
    experimentIds: [experimentId],
    filter: `tags.\`${SYSTEM_TAGS.projectEntryPoint}\` = 'hyperopt'`,
    maxResults: 1,
  });
  if (items[0] === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", "the project created no run");
  return items[0];
}

type Summary = {
  readonly server: Service;
  readonly scoring: Service;
  readonly results: Results;
  readonly prediction: string;
};

function summarise({ server, scoring, results, prediction }: Summary): void {
  const model = `models:/${REGISTERED_MODEL}/${results.modelVersion}`;
  console.log(`
page                ${server.url}
trials              ${results.trials}
best parameters     ${results.bestParams}
best accuracy       ${results.bestAccuracy.toFixed(4)}
registered model    ${REGISTERED_MODEL} version ${results.modelVersion}
full path           ${results.fullPath}
served prediction   ${prediction} for the guide's query, by ${scoring.url}

What to try next
  export PATH=$PWD/node_modules/.bin:$PATH
  flightdeck server                              # the page again, at http://127.0.0.1:5000
  export MLFLOW_TRACKING_URI=http://127.0.0.1:5000
  flightdeck models serve -m ${model} -p 55755   # and: bash examples/airline/test_call.sh
  flightdeck runs list --experiment-id ${results.experimentId} --order-by "metrics.accuracy DESC"
`);
}

function remember(service: Service): Service {
  services.push(service);
  return service;
}

function say(line: string): void {
  process.stderr.write(`quickstart: ${line}\n`);
}

/** The wanted port of the loopback interface if it is free, otherwise another free port. */
async function freePort(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? 0;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      const found = typeof address === "object" && address !== null ? address.port : undefined;
      probe.close(() => resolve(found));
    });
  });
}
