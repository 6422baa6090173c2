import { MlflowClient } from "@flightdeck/client";
import { exitCodeOf, runProcess } from "@flightdeck/compute";
import { AppError, messageOf } from "@flightdeck/core";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { findResults, type Results } from "./quickstart/find-results.ts";
import { freePort } from "./quickstart/free-port.ts";
import { flightdeck, type Service, startService } from "./quickstart/service.ts";

/*
 * The guide's job from its first line to its last, by the commands that a user types: a server, a project run that
 * searches and registers, a served model, a query. `npm run quickstart` installs what is missing and starts this.
 */

const ROOT = join(import.meta.dirname, "..");
const PROJECT = join(ROOT, "examples/airline");
const DATA_DIR = join(ROOT, ".flightdeck");
const EXPERIMENT = "airline";
const REGISTERED_MODEL = "rapids_mlflow_cli";

/** Small enough for under three minutes on two cores; the guide's own search is 20 evaluations of up to 1000 trees. */
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
if (cancelling.signal.aborted) process.exitCode = 130; // As a shell reports a program that Ctrl-C ended.

async function quickstart(signal: AbortSignal): Promise<void> {
  await mkdir(DATA_DIR, { recursive: true, mode: 0o700 });
  const server = await startServer(signal);
  await runProject(server.url, signal);
  const client = new MlflowClient({ trackingUri: server.url });
  const results = await findResults(client, { experiment: EXPERIMENT, registeredModel: REGISTERED_MODEL });
  const scoring = await serveModel(server.url, results.modelVersion, signal);
  summarise({ server, scoring, results, prediction: await askGuidesQuestion(scoring.url) });
  if (!process.stdout.isTTY || signal.aborted) return;
  say("the page stays open until Ctrl-C");
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
  if (code !== 0) throw new AppError("INTERNAL_ERROR", `the project ended with exit code ${code}`);
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

/** The query of the guide's `test_call.sh`, with the header of its day. */
async function askGuidesQuestion(url: string): Promise<string> {
  const script = await readFile(join(PROJECT, "test_call.sh"), "utf8");
  const body = /--data '(.+)'/.exec(script)?.[1];
  if (body === undefined) throw new AppError("INTERNAL_ERROR", "test_call.sh holds no query");
  const headers = { "content-type": "application/json; format=pandas-split" };
  const answer = await fetch(`${url}/invocations`, { method: "POST", headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new AppError("INTERNAL_ERROR", `the served model answered ${answer.status}: ${text}`);
  return text;
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
