import { exitCodeOf, quoteForShell, runProcess } from "@flightdeck/compute";
import { AppError, untilAborted } from "@flightdeck/core";
import {
  isPretty,
  type LogFormat,
  type LogLevel,
  PAGE_FOLDER,
  type ServerOptions,
  startServer,
} from "@flightdeck/server";
import { type Command, Option } from "commander";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { note, printLine } from "../output/print.ts";
import { workspaceSpark } from "../workspace-spark.ts";
import { watchStopSignals } from "../stop-signals.ts";
import { DATA_DIR_OPTION, type DataDirFlag, dataDirOf } from "../data-dir.ts";
import { parseOffset, parsePort } from "./options.ts";

type ServerFlags = DataDirFlag & {
  readonly host: string;
  readonly port: number;
  readonly backendStoreUri?: string | undefined;
  readonly artifactsDestination?: string | undefined;
  readonly defaultArtifactRoot?: string | undefined;
  readonly workspaceArtifactRoot?: string | undefined;
  readonly allowedHosts?: string | undefined;
  readonly auth?: "none" | "token" | undefined;
  readonly jobsMaxParallel?: number | undefined;
  readonly allowJobs?: boolean | undefined;
  readonly workers?: string | undefined;
  readonly logFormat: LogFormat;
  readonly logLevel?: LogLevel | undefined;
  readonly slowCallMs?: number | undefined;
  readonly openMetrics?: boolean | undefined;
  readonly trustedProxies?: string | undefined;
};

/** Most users send a first request right after the start; housekeeping waits until after that. */
const SETTLE_MS = 1000;

/** `flightdeck server` and its alias `ui`. */
export function defineServer(server: Command): void {
  server
    .option("-h, --host <HOST>", "The address to listen on.", "127.0.0.1")
    .option("-p, --port <INTEGER>", "The port to listen on; 0 picks a free one.", parsePort, 5000)
    .option(
      "--backend-store-uri <URI>",
      "The database: sqlite:///PATH (default: in the data folder) or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
    )
    .option("--artifacts-destination <URI>", "Where artifacts are stored (default: in the data folder).")
    .option(
      "--default-artifact-root <URI>",
      "Artifact location of new experiments (default: mlflow-artifacts:/).",
    )
    .option(
      "--workspace-artifact-root <URI>",
      "Artifact location of experiments that Databricks clients create: dbfs:/databricks/mlflow (default) or dbfs:/databricks/mlflow-tracking.",
    )
    .option(...DATA_DIR_OPTION)
    .option("--allowed-hosts <LIST>", "Additional host names that clients may use, comma-separated.")
    .addOption(new Option("--auth <KIND>", "Who may use the server.").choices(["none", "token"]))
    .option(
      "--jobs-max-parallel <INTEGER>",
      "Maximum number of jobs that run at the same time; 0 only queues them (default: the number of cores).",
      parseOffset,
    )
    .option(
      "--allow-jobs",
      "Without --auth token: let anyone who can reach the server submit jobs, which can run any command. By default, submitting jobs needs an admin's token.",
    )
    .addOption(
      new Option(
        "--log-format <FORMAT>",
        "Format of the log on standard error: JSON lines, human-readable lines, or auto: human-readable on a terminal, else JSON.",
      )
        .choices(["json", "pretty", "auto"])
        .default("auto"),
    )
    .addOption(
      new Option(
        "--log-level <LEVEL>",
        "Minimum level of log entries; debug adds each request (default: warn on a terminal, else info).",
      ).choices(["debug", "info", "warn", "error", "silent"]),
    )
    .option(
      "--slow-call-ms <INTEGER>",
      "Log calls that take at least this long; 0 logs none (default: 1000).",
      parseOffset,
    )
    .option("--open-metrics", "Let anybody read /metrics, even with --auth token.")
    .option(
      "--trusted-proxies <LIST>",
      "Comma-separated addresses or networks of proxies whose X-Forwarded-For is trusted.",
    )
    .option("--serve-artifacts", "Accepted for compatibility: artifacts are always served.")
    .option("-w, --workers <TEXT>", "Accepted for compatibility: one process serves all requests.")
    .action(runServer);
}

/** Serves until the first signal, then closes and exits with code 0, as is usual for servers. */
async function runServer(flags: ServerFlags): Promise<void> {
  const isForPeople = isPretty(flags.logFormat); // A JSON log must contain only JSON lines.
  if (isForPeople && flags.workers !== undefined)
    note("one process serves all requests, so --workers changes nothing");
  const stop = watchStopSignals();
  try {
    const server = await startServer({ ...optionsOf(flags), pageDir: () => builtPage(stop.signal) });
    printLine(`flightdeck listens on ${server.url}`);
    if (flags.auth === "token") printLine(`to create a token: ${tokenCommand(flags)}`);
    if (isForPeople) note("press Ctrl-C to stop");
    setTimeout(freeStartupMemory, SETTLE_MS).unref();
    await untilAborted(stop.signal);
    await Promise.race([server.close(), untilAborted(stop.killSignal)]);
  } finally {
    stop.dispose();
  }
}

/** Returns a command that works in any folder. It does not show a database's URI, which may contain a password. */
function tokenCommand(flags: ServerFlags): string {
  if (flags.backendStoreUri !== undefined)
    return "flightdeck tokens create, with the same --backend-store-uri";
  return `flightdeck tokens create --data-dir ${quoteForShell(resolve(dataDirOf(flags)))}`;
}

function optionsOf(flags: ServerFlags): ServerOptions {
  const { host, port, backendStoreUri, artifactsDestination, defaultArtifactRoot, workspaceArtifactRoot } =
    flags;
  const allowedHosts = listOf(flags.allowedHosts);
  return {
    host,
    port,
    dataDir: dataDirOf(flags),
    // Log lines are noise to someone watching a terminal, except for warnings.
    logLevel: flags.logLevel ?? (process.stderr.isTTY ? "warn" : "info"),
    logFormat: flags.logFormat,
    slowCallMs: flags.slowCallMs,
    openMetrics: flags.openMetrics,
    trustedProxies: listOf(flags.trustedProxies),
    backendStoreUri,
    artifactsDestination,
    defaultArtifactRoot,
    workspaceArtifactRoot,
    allowedHosts,
    auth: flags.auth,
    jobs: {
      maxParallel: flags.jobsMaxParallel,
      allow: flags.allowJobs,
      spark: workspaceSpark,
    },
    webhooks: webhookOptions(process.env),
  };
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").map((name) => name.trim());
}

/**
 * The folder of the page, which is built first in a fresh checkout, because that contains only its sources. The npm
 * package includes the built page.
 */
async function builtPage(signal: AbortSignal): Promise<string> {
  if (existsSync(join(PAGE_FOLDER, "index.html"))) return PAGE_FOLDER;
  const manifest = fileURLToPath(import.meta.resolve("@flightdeck/ui/package.json"));
  const vite = join(dirname(createRequire(manifest).resolve("vite/package.json")), "bin/vite.js");
  note("building the page, which takes a few seconds, once");
  const exit = await runProcess({
    argv: [process.execPath, vite, "build", "--logLevel", "error"],
    cwd: dirname(manifest),
    signal,
  });
  const code = exitCodeOf(exit);
  if (code === 0 || signal.aborted) return PAGE_FOLDER;
  throw new AppError("INTERNAL_ERROR", `the page did not build: ${exit.lastLines.join(" ")}`);
}

/** Reads the variables with which MLflow's server restricts webhooks (`mlflow/environment_variables.py`). */
export function webhookOptions(environment: NodeJS.ProcessEnv): NonNullable<ServerOptions["webhooks"]> {
  const {
    MLFLOW_WEBHOOK_ALLOWED_SCHEMES: schemes,
    MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: privateAddresses = "",
    MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: secretKey,
  } = environment;
  return {
    ...(schemes !== undefined && { allowedSchemes: schemes.split(",").map((scheme) => scheme.trim()) }),
    allowPrivateAddresses: ["1", "true"].includes(privateAddresses.toLowerCase()),
    secretKey: secretKey || undefined,
  };
}

/**
 * Frees memory that only the start needed: compiled sources and garbage from building schemas, about 20 MiB. V8 would
 * keep it until the first busy minute, which an idle workspace never has. Takes tens of milliseconds once, so we call
 * it when no one is waiting.
 */
function freeStartupMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect({ type: "major", flavor: "last-resort" });
}
