import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { REPOSITORY_ROOT, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Newcomer } from "./packages/newcomer.ts";
import { stockPython } from "./run-python.ts";

/*
 * The README's commands, as it writes them and in its order, in a fresh checkout with an empty home. `npm run quickstart` and `npm test`
 * are left out: the first runs the same commands with a longer search, the second runs this.
 */

const README = readFileSync(join(REPOSITORY_ROOT, "README.md"), "utf8");
const [, byHand = ""] = README.split("\n## By hand\n");
const [servers, search, query, job, onSpark] = blocks("bash", byHand);
const python = await stockPython();
const reason = python.missing ? ` (${python.reason})` : "";

let newcomer: Newcomer;
let checkout: string;
const terminals: Terminal[] = [];

beforeAll(async () => {
  newcomer = await Newcomer.create();
  checkout = await newcomer.emptyFolder("flightdeck");
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: REPOSITORY_ROOT,
    encoding: "utf8",
  });
  for (const path of files.trim().split("\n")) {
    await cp(join(REPOSITORY_ROOT, path), join(checkout, path), { recursive: true, force: true }).catch(
      ignoreMissing,
    );
  }
});
afterAll(async () => {
  for (const terminal of terminals.toReversed()) await terminal.close();
  await newcomer.remove();
});

test("the first terminal installs, and its server builds the page", async () => {
  const written = await open(servers).until(/flightdeck listens on (\S+)/);
  expect(written).toContain("building the page");
  const page = await fetch("http://127.0.0.1:5000");
  expect([page.status, await page.text()]).toEqual([
    200,
    expect.stringContaining("<title>Flightdeck</title>"),
  ]);
});

test("the second terminal searches, registers and serves", async () => {
  await open(search).until(/http:\/\/127\.0\.0\.1:55755/);
  const client = new MlflowClient({ trackingUri: "http://127.0.0.1:5000" });
  expect((await client.getLatestVersions("rapids_mlflow_cli", [])).map(({ version }) => version)).toEqual([
    "1",
  ]);
});

test("the third terminal asks the served model", async () => {
  expect(await open(query).end()).toMatch(/^\[[01]\]$/m);
});

test("the same project runs as a job of a workspace", async () => {
  expect(await open(job).end()).toContain("job TERMINATED SUCCESS");
});

test("the search runs on a Spark cluster of two workers", async () => {
  const client = new MlflowClient({ trackingUri: "http://127.0.0.1:5000" });
  await open(onSpark).end();
  const [latest] = await client.getLatestVersions("rapids_mlflow_cli", []);
  expect(Number(latest?.version)).toBeGreaterThan(1);
});

test.skipIf(python.missing)(`the Python lines track a run${reason}`, async () => {
  await writeFile(join(checkout, "hello.py"), blocks("python", byHand)[0]!);
  await open(`'${valueOf(python)}' hello.py`).end();
  expect(await metricsOf("Default")).toEqual([["accuracy", 0.78]]);
});

test("the TypeScript lines track a run", async () => {
  await writeFile(join(checkout, "hello.ts"), blocks("ts", byHand)[0]!);
  await open("PATH=$PWD/node_modules/.bin:$PATH MLFLOW_EXPERIMENT_NAME=hello node hello.ts").end();
  expect(await metricsOf("hello")).toEqual([["accuracy", 0.78]]);
});

test.each(["track.md", "models.md"])("the TypeScript lines of docs/%s run", async (name) => {
  const [code = ""] = blocks("ts", readFileSync(join(REPOSITORY_ROOT, "docs", name), "utf8"));
  await writeFile(join(checkout, "sample.ts"), code);
  const env = "MLFLOW_TRACKING_URI=http://127.0.0.1:5000 PATH=$PWD/node_modules/.bin:$PATH";
  await open(`${env} node sample.ts`).end();
});

test.skipIf(python.missing)(`the Python lines of docs/track.md run${reason}`, async () => {
  const [code = ""] = blocks("python", readFileSync(join(REPOSITORY_ROOT, "docs/track.md"), "utf8"));
  await writeFile(join(checkout, "sample.py"), code);
  await open(`'${valueOf(python)}' sample.py`).end();
});

async function metricsOf(experiment: string): Promise<(readonly [string, number])[]> {
  const client = new MlflowClient({ trackingUri: "http://127.0.0.1:5000" });
  const { experimentId } = await client.getExperimentByName(experiment);
  const { items } = await client.searchRuns({ experimentIds: [experimentId] });
  return items.flatMap(({ data }) => data.metrics.map(({ key, value }) => [key, value] as const));
}

/** The code blocks of a language, in order. */
function blocks(language: string, markdown: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, code = ""]) => code,
  );
}

function open(commands: string | undefined): Terminal {
  const terminal = new Terminal(commands ?? "");
  terminals.push(terminal);
  return terminal;
}

/** A shell in the checkout's folder that ends at the first command that fails. */
class Terminal {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<number | null>;
  #written = "";

  constructor(commands: string) {
    // In its own process group, so that closing the terminal also stops what it started.
    this.#shell = spawn("bash", ["-e", "-c", commands], {
      cwd: checkout,
      env: newcomer.env(),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => void (this.#written += text));
    }
    this.#ended = once(this.#shell, "close").then(([code]) => code as number | null); // As the event defines it.
  }

  /** Resolves with the whole output as soon as it matches the pattern. */
  async until(pattern: RegExp): Promise<string> {
    let hasEnded = false;
    void this.#ended.then(() => (hasEnded = true));
    while (!pattern.test(this.#written)) {
      if (hasEnded) throw new TypeError(`ended without ${String(pattern)}:\n${this.#written}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.#written;
  }

  /** Resolves with the whole output when the last command has succeeded. */
  async end(): Promise<string> {
    expect(await this.#ended, this.#written).toBe(0);
    return this.#written;
  }

  async close(): Promise<void> {
    const { pid, exitCode } = this.#shell;
    if (pid !== undefined && exitCode === null) process.kill(-pid, "SIGTERM");
    await this.#ended;
  }
}

/** Git still lists a file that has been deleted. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
