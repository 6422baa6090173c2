import { execFile, type ExecFileException } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import type { Run } from "@flightdeck/protocol";
import { REPOSITORY_ROOT } from "@flightdeck/testkit";
import { STOCK_ENVIRONMENT } from "../run-python.ts";
import { FLIGHTDECK } from "../serving-command.ts";

const STOCK_DRIVER = join(REPOSITORY_ROOT, "acceptance/python/run_projects.py");
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** The result of running a project, and the runs that it recorded. */
export type Outcome = {
  readonly code: number;
  readonly output: string;
  /** Newest last. */
  readonly runs: readonly Run[];
};

/** The arguments after `run`, and the working directory. */
export type ProjectCommand = { readonly args: readonly string[]; readonly cwd: string };

export type RunBothOptions = {
  readonly python: string;
  readonly trackingUri: string;
  /** A folder for the driver's input file. */
  readonly folder: string;
  readonly commands: readonly ProjectCommand[];
};

/** Runs every command with stock `mlflow run`, each in a separate experiment. */
export async function runByStock(options: RunBothOptions): Promise<readonly Outcome[]> {
  const { python, commands } = options;
  const env = environmentOf(options, `${python} -m mlflow`);
  const cases = commands.map(({ args, cwd }, index) => {
    return { args: ["run", ...args, ...common("stock", index)], cwd, env };
  });
  const results = await driveStock(cases, options);
  const client = new MlflowClient(options);
  return await Promise.all(
    results.map(async (result, index) => ({
      ...result,
      runs: await runsOf(client, experimentOf("stock", index)),
    })),
  );
}

export type StockCase = {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Runs stock commands one after another in one process, because starting MLflow takes seconds. */
export async function driveStock(
  cases: readonly StockCase[],
  { python, folder }: { readonly python: string; readonly folder: string },
): Promise<readonly { readonly code: number; readonly output: string }[]> {
  const file = join(folder, "commands.json");
  await writeFile(file, JSON.stringify(cases));
  const { stdout } = await execute(python, [STOCK_DRIVER, file], { cwd: folder, env: process.env });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { code: number; output: string }[]; // The driver prints it.
}

/** Runs every command with `flightdeck run`, each in a separate experiment. */
export async function runByFlightdeck(options: RunBothOptions): Promise<readonly Outcome[]> {
  const client = new MlflowClient(options);
  const env = environmentOf(options, `${process.execPath} ${FLIGHTDECK}`);
  const outcomes: Outcome[] = [];
  for (const [index, { args, cwd }] of options.commands.entries()) {
    const argv = [FLIGHTDECK, "run", ...args, ...common("ours", index)];
    const { code, stdout, stderr } = await execute(process.execPath, argv, { cwd, env });
    outcomes.push({ code, output: stdout + stderr, runs: await runsOf(client, experimentOf("ours", index)) });
  }
  return outcomes;
}

function experimentOf(who: string, index: number): string {
  return `${who}-${index}`;
}

function common(who: string, index: number): readonly string[] {
  return ["--env-manager", "local", "--experiment-name", experimentOf(who, index)];
}

/** The same environment for both programs, with the stock client's Python first on PATH. */
export function environmentOf(
  { python, trackingUri }: Pick<RunBothOptions, "python" | "trackingUri">,
  runner: string,
): Readonly<Record<string, string>> {
  const inherited = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !/^(MLFLOW|DATABRICKS|FLIGHTDECK|VITEST|NODE_)/.test(name),
  );
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>), // Filtered.
    PATH: `${dirname(python)}${delimiter}${process.env["PATH"] ?? ""}`,
    RUNNER: runner,
    SHELL: "/bin/bash",
    MLFLOW_TRACKING_URI: trackingUri,
    ...STOCK_ENVIRONMENT,
  };
}

async function runsOf(client: MlflowClient, experimentName: string): Promise<readonly Run[]> {
  const experiment = await client.findExperimentByName(experimentName);
  if (experiment === undefined) return [];
  const { items } = await client.searchRuns({ experimentIds: [experiment.experimentId] });
  return items.toReversed();
}

export type Executed = { readonly code: number; readonly stdout: string; readonly stderr: string };

export function execute(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Executed> {
  return new Promise((resolve) => {
    execFile(
      file,
      [...args],
      { ...options, maxBuffer: OUTPUT_BYTES_MAX },
      (error: ExecFileException | null, stdout, stderr) => {
        resolve({
          code: typeof error?.code === "number" ? error.code : Number(error !== null),
          stdout,
          stderr,
        });
      },
    );
  });
}
