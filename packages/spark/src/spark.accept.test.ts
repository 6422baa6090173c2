import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ExecutorFactory, fmin, hp, rand, Trials, workerModule } from "@flightdeck/hyperopt";
import { testExecutor } from "@flightdeck/hyperopt/testing";
import { startTestSpark, valueOf } from "@flightdeck/testkit";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { startCluster } from "./cluster/start-cluster.ts";
import { sparkTrials } from "./trials/spark-trials.ts";

/* Trials on a real cluster that all tests in this file share: a master, two workers and a Connect server. */

const spark = await startTestSpark();
afterAll(async () => {
  if (!spark.missing) await spark.value.stop();
});
const space = { x: hp.uniform("x", 0, 1) };
const onSpark: ExecutorFactory = (options) => sparkTrials({ remote: valueOf(spark).remote })(options);

describe.skipIf(spark.missing)("a cluster of two workers", () => {
  testExecutor("Spark", onSpark, { isolates: true, ownsProcesses: true, patience: 2 });

  test("a trial whose executor is killed runs again, and each trial has one result", async () => {
    const trials = new Trials();
    let killed = 0;
    await fmin({
      fn: workerModule<{ x: number }>(await moduleOf(SHORT), "objective"),
      space,
      algo: rand.suggest,
      executor: onSpark,
      parallelism: 2,
      maxEvals: 10,
      seed: 1,
      trials,
      onLog: ({ trialId }) => {
        if (trialId === 4 && killed === 0) killed = killExecutor(valueOf(spark).folder);
      },
    });
    expect(killed).toBeGreaterThan(0);
    expect(trials.tids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(trials.losses()).toEqual(trials.miscs.map(({ vals }) => vals["x"]?.[0]));
  });

  test("an endless line is cut, and the trial continues", async () => {
    const lines: string[] = [];
    await fmin({
      fn: workerModule<{ x: number }>(await moduleOf(ENDLESS_LINE), "objective"),
      space,
      executor: onSpark,
      maxEvals: 1,
      onLog: ({ message }) => void lines.push(message),
    });
    expect(lines.map((line) => line.length)).toEqual([1024 * 1024, "after it".length]);
  });

  test("a crash ends the trial, even if a program that it started keeps its outputs open", async () => {
    const fn = workerModule<{ x: number }>(await moduleOf(CRASHES_BESIDE_A_PROGRAM), "objective");
    await expect(fmin({ fn, space, executor: onSpark, maxEvals: 1 })).rejects.toThrow(
      "the worker ended with exit code 3 before fn returned; it wrote: out of beans (trial 0)",
    );
  });

  test("our part of the protocol matches Spark's own jar: names, numbers and types", () => {
    const ours = fieldsOf(
      readFileSync(new URL("../proto/spark/connect/base.proto", import.meta.url), "utf8"),
    );
    const theirs = new Set(fieldsOf(protocolOf(valueOf(spark).sparkHome)));
    expect(ours.length).toBeGreaterThan(80);
    expect(ours.filter((field) => !theirs.has(field))).toEqual([]);
  });

  test("another cluster cannot take its ports, and the error says what uses them", async () => {
    const folder = await temporaryFolder();
    const { remote, sparkHome } = valueOf(spark);
    const port = Number(/:(\d+)\//.exec(remote)?.[1]);
    await expect(
      startCluster({ folder, port, env: { ...process.env, SPARK_HOME: sparkHome } }),
    ).rejects.toThrow(
      `port ${port} cannot be used: another Spark Connect server is using it; stop it or choose another port by --port (0 picks a free one)`,
    );
  });

  test("a search with another token is refused before its first trial", async () => {
    const executor = sparkTrials({ remote: valueOf(spark).remote.replace(/token=.*/, "token=guessed") });
    const fn = workerModule(await moduleOf(SHORT), "objective");
    await expect(fmin({ fn, space, executor, maxEvals: 1 })).rejects.toThrow(
      expect.objectContaining({ code: "UNAUTHENTICATED" }),
    );
  });
});

test("the error names a server that does not answer", async () => {
  const executor = sparkTrials({ remote: "sc://127.0.0.1:1" });
  const fn = workerModule(await moduleOf(SHORT), "objective");
  await expect(fmin({ fn, space, executor, maxEvals: 1 })).rejects.toThrow(
    "no Spark Connect server answers at sc://127.0.0.1:1: connection refused",
  );
});

test("a module whose import is missing is refused before anything is sent", async () => {
  const executor = sparkTrials({ remote: "sc://127.0.0.1:1" });
  const fn = workerModule(await moduleOf('import "./not-there.ts";'), "objective");
  await expect(fmin({ fn, space, executor, maxEvals: 1 })).rejects.toThrow(
    /module file:.* does not load: Could not resolve "\.\/not-there\.ts"/,
  );
});

const SHORT = `
export async function objective({ x }, { log }) {
  log("begins");
  await new Promise((resolve) => setTimeout(resolve, 300));
  return x;
}`;

const ENDLESS_LINE = `
export async function objective({ x }) {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => process.stdout.write("x".repeat(1024 * 1024), resolve));
  process.stdout.write("\\nafter it\\n");
  return x;
}`;

/** The program exits on its own, because no one can find it once its parent is gone. */
const CRASHES_BESIDE_A_PROGRAM = `
import { spawn } from "node:child_process";
export async function objective() {
  spawn("sleep", ["60"], { stdio: "inherit", detached: true });
  process.stderr.write("out of beans\\n");
  process.exit(3);
}`;

async function moduleOf(source: string): Promise<URL> {
  const file = join(await temporaryFolder(), "objective.mjs");
  await writeFile(file, source);
  return pathToFileURL(file);
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-spark-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The contents of `spark/connect/*.proto` in a Spark's jar. */
function protocolOf(sparkHome: string): string {
  const name = readdirSync(join(sparkHome, "jars")).find((jar) => jar.startsWith("spark-connect_")) ?? "";
  // A jar is a zip file, which Python can read everywhere.
  const read =
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(*(z.read(n).decode() for n in z.namelist() if n.endswith('.proto')))";
  return execFileSync("python3", ["-c", read, join(sparkHome, "jars", name)], { encoding: "utf8" });
}

/**
 * Returns a line for each field, value and call of a protocol, prefixed with the enclosing messages: `Plan: Relation
 * root = 1`.
 */
function fieldsOf(protocol: string): string[] {
  const around: string[] = [];
  const fields: string[] = [];
  for (const raw of protocol.split("\n")) {
    const line = raw.replace(/\/\/.*/, "").trim();
    const opened = /^(?:message|enum|service|oneof) (\w+) \{/.exec(line);
    const field =
      /^(?:optional |repeated )?([\w.<>, ]+ ?= ?\d+)/.exec(line)?.[1] ?? /^(rpc [^{;]+)/.exec(line)?.[1];
    if (field !== undefined)
      fields.push(`${around.filter((name) => name !== "").join(".")}: ${field.trim()}`);
    else if (opened !== null && !line.endsWith("}"))
      around.push(line.startsWith("oneof") ? "" : (opened[1] ?? ""));
    else if (line.startsWith("}")) around.pop();
  }
  return fields;
}

/** Kills the Java process of one of the cluster's executors and returns its pid. */
function killExecutor(folder: string): number {
  const isExecutor = (pid: string): boolean => {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) &&
        readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("CoarseGrainedExecutorBackend")
      );
    } catch {
      return false; // It has exited.
    }
  };
  const pid = Number(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .find(isExecutor) ?? 0,
  );
  if (pid > 0) process.kill(pid, "SIGKILL");
  return pid;
}
