import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "@flightdeck/core";
import { pythonWith, startTestServer, valueOf } from "@flightdeck/testkit";
import { FLIGHTDECK } from "../shared/contender.ts";
import type { BenchTable } from "../shared/table.ts";

const REQUIREMENTS = fileURLToPath(new URL("../../acceptance/python/requirements.txt", import.meta.url));
const ROUNDS = 7;
const FIRST_LINE = "first line";

export const title = "Start of a project with a warm environment";

/** A command as a user types it. */
type Contender = { readonly name: string; readonly argv: readonly [string, ...string[]] };

/** Milliseconds from the start of a command. */
type Times = { readonly firstLineMs: number; readonly endMs: number };

/** Runs all commands one after another in each round; the median of the rounds. */
export async function measure(): Promise<BenchTable> {
  const python = valueOf(await pythonWith(REQUIREMENTS));
  const server = await startTestServer();
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-bench-"));
  try {
    await writeProject(folder);
    const env = {
      ...process.env,
      PATH: `${dirname(python)}${delimiter}${process.env["PATH"] ?? ""}`,
      MLFLOW_TRACKING_URI: server.url,
      MLFLOW_DISABLE_TELEMETRY: "true",
      FLIGHTDECK_ENV_ROOT: join(folder, "envs"),
    };
    const contenders = contendersOf(python);
    const samples = contenders.map((): Times[] => []);
    for (const { argv } of contenders) await time(argv, folder, env); // Builds the environment, warms the file cache.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, { argv }] of contenders.entries())
        samples[index]?.push(await time(argv, folder, env));
    }
    return tableOf(contenders, samples);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await server.close();
  }
}

async function writeProject(folder: string): Promise<void> {
  const command = `python -c 'print("${FIRST_LINE}", flush=True)'`;
  await writeFile(
    join(folder, "MLproject"),
    `python_env: python_env.yaml\nentry_points:\n  main:\n    command: ${command}\n`,
  );
  await writeFile(join(folder, "python_env.yaml"), "dependencies:\n  - six==1.17.0\n");
}

function contendersOf(python: string): readonly Contender[] {
  const flightdeck = [process.execPath, FLIGHTDECK, "run", "."] as const;
  return [
    {
      name: "mlflow run --env-manager local",
      argv: [python, "-m", "mlflow", "run", ".", "--env-manager", "local"],
    },
    { name: "flightdeck run --env-manager local", argv: [...flightdeck, "--env-manager", "local"] },
    { name: "flightdeck run, environment by uv", argv: flightdeck },
  ];
}

async function time(argv: Contender["argv"], cwd: string, env: NodeJS.ProcessEnv): Promise<Times> {
  const [file, ...args] = argv;
  const startedMs = performance.now();
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "ignore"] });
  let firstLineMs: number | undefined;
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.includes(FIRST_LINE)) firstLineMs ??= performance.now() - startedMs;
  });
  const [code] = (await once(child, "close")) as [number | null]; // The arguments of `close`.
  if (code === 0 && firstLineMs !== undefined) return { firstLineMs, endMs: performance.now() - startedMs };
  throw new AppError(
    "INTERNAL_ERROR",
    `${argv.join(" ")} ended with ${code} and wrote ${JSON.stringify(output)}`,
  );
}

function tableOf(contenders: readonly Contender[], samples: readonly (readonly Times[])[]): BenchTable {
  const medians = samples.map((times) => ({
    firstLineMs: median(times.map(({ firstLineMs }) => firstLineMs)),
    endMs: median(times.map(({ endMs }) => endMs)),
  }));
  const stock = medians[0]?.firstLineMs ?? Number.NaN;
  return {
    columns: ["", "to the program's first line, ms", "to the end, ms", "faster to the first line"],
    rows: contenders.map(({ name }, index) => {
      const { firstLineMs, endMs } = medians[index] ?? { firstLineMs: Number.NaN, endMs: Number.NaN };
      return [name, Math.round(firstLineMs), Math.round(endMs), `${(stock / firstLineMs).toFixed(1)}×`];
    }),
    notes: [
      `Median of ${ROUNDS} alternating rounds, after one that is not counted.`,
      "All track to the same Flightdeck server; the program is `python -c`, whose own start is in the figures.",
      "MLflow starts the program with the Python on PATH; Flightdeck also in an environment that was built before.",
    ],
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
