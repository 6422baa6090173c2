import {
  MLFLOW_VERSIONS,
  mlflowEnvironment,
  mlflowPython,
  runMlflow,
  snapshot,
  writeFolderFixture,
} from "@flightdeck/import/testing";
import { startServer } from "@flightdeck/server";
import { valueOf } from "@flightdeck/testkit";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess } from "../testing/flightdeck-process.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";

let folder: TemporaryFolder;
let source: string;
beforeEach(async () => {
  folder = await TemporaryFolder.create();
  source = join(folder.path, "source");
  await mkdir(source);
});
afterEach(() => folder.remove());

for (const version of MLFLOW_VERSIONS) {
  const python = await mlflowPython(version);
  const title = `MLflow ${version}${python.missing ? ` (${python.reason})` : ""}`;
  const run = (file: string, ...args: readonly string[]): Promise<Record<string, unknown>> =>
    runMlflow({ interpreter: valueOf(python), file, args, cwd: source });

  describe.skipIf(python.missing)(title, () => {
    test.each([
      ["database", "mlflow.db", "sqlite:///"],
      ["folder", "mlruns", "file://"],
    ])(
      "the stock client reads the same from its %s and from what it was imported into",
      async (_, name, scheme) => {
        const place = join(source, name);
        await run("make_source.py", `${scheme}${place}`);
        const before = await snapshot(source);
        const { code, stderr } = await importInto(place);
        expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) as string });
        expect(await snapshot(source)).toEqual(before);
        expect(await readTarget(run)).toEqual(await run("read_workspace.py", `${scheme}${place}`));
      },
    );
  });
}

const newest = await mlflowPython("3.17.2");
const run = (file: string, ...args: readonly string[]): Promise<Record<string, unknown>> =>
  runMlflow({ interpreter: valueOf(newest), file, args, cwd: source });

describe.skipIf(newest.missing)(`the newest MLflow${newest.missing ? ` (${newest.reason})` : ""}`, () => {
  test("an import that is killed and stopped repeatedly gives the same result", async () => {
    const place = join(source, "mlflow.db");
    await run("make_source.py", `sqlite:///${place}`);
    await run("make_bulk.py", `sqlite:///${place}`, "700");
    expect(await endedAt({ place, runs: 1, signal: "SIGKILL" })).toMatchObject({ code: null });
    expect(await endedAt({ place, runs: 201, signal: "SIGKILL" })).toMatchObject({ code: null });
    expect(runsThere()).toBeLessThan(705);
    expect(await endedAt({ place, runs: 401, signal: "SIGINT" })).toMatchObject({
      code: 130,
      stderr: "flightdeck: stopped; run the same command again to resume\n",
    });
    expect(runsThere()).toBeLessThan(705);
    const { code, stdout } = await importInto(place, "--json");
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, missing: [], source: { runs: 705 } });
    expect(await readTarget(run)).toEqual(await run("read_workspace.py", `sqlite:///${place}`));
  });

  test("its server is imported over the network", async () => {
    const server = await startMlflow();
    try {
      await run("make_source.py", server.url);
      const { code, stdout } = await importInto(server.url);
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("artifact files     4") as string,
      });
      expect(await readTarget(run)).toEqual(await run("read_workspace.py", server.url));
    } finally {
      await server.close();
    }
  });
});

test("a dry run counts and writes nothing", async () => {
  const place = await writeFolderFixture(source, "3.17.2");
  const { code, stdout } = await importInto(place, "--dry-run", "--json");
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    source: { runs: 5, "artifact files": 4 },
  });
  expect(existsSync(dataDir())).toBe(false);
});

test("objects that are missing at the end are an error", async () => {
  const place = await writeFolderFixture(source, "3.17.2");
  const [run = ""] = (await readdir(place, { recursive: true })).filter((path) => path.endsWith("notes.txt"));
  await symlink("/etc/hostname", join(place, dirname(run), "link"));
  const { code, stdout, stderr } = await importInto(place);
  expect(code).toBe(1);
  expect(stdout).toContain("artifact files     5       4 (missing 1)");
  expect(stderr).toContain("it leads outside the artifact root");
  expect(stderr).toContain("flightdeck: not everything was imported: artifact files");
});

test.each([
  ["absent", "there is no file or folder absent"],
  [".", "is not an MLflow folder"],
  ["sqlite:///absent.db", "there is no file absent.db"],
  ["mysql://user:secret@host/db", "the source must be sqlite:///PATH"],
  ["http://127.0.0.1:9", "does not respond like an MLflow tracking server"],
  ["postgresql://user:secret@127.0.0.1:9/db", "cannot open the database db on 127.0.0.1:9"],
])("importing from %s prints one line and imports nothing", async (uri, says) => {
  const { code, stdout, stderr } = await importInto(uri);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^flightdeck: [^\n]+\n$/);
  expect(stderr).toContain(says);
  expect(stderr).not.toContain("secret");
});

function dataDir(): string {
  return join(folder.path, "data");
}

function importInto(uri: string, ...flags: readonly string[]): ReturnType<typeof flightdeck> {
  return flightdeck(["import", uri, "--data-dir", dataDir(), ...flags], { cwd: folder.path });
}

/** Returns what MLflow's own client reads from the import's target. */
async function readTarget(read: typeof run): Promise<Record<string, unknown>> {
  const server = await startServer({ host: "127.0.0.1", port: 0, dataDir: dataDir(), logLevel: "silent" });
  try {
    return await read("read_workspace.py", server.url);
  } finally {
    await server.close();
  }
}

type Stop = { readonly place: string; readonly runs: number; readonly signal: NodeJS.Signals };

/** Sends a signal to an import once the target has this many runs. */
async function endedAt({ place, runs, signal }: Stop): ReturnType<typeof flightdeck> {
  const importing = FlightdeckProcess.start(["import", place, "--data-dir", dataDir()], { cwd: folder.path });
  await untilRuns(runs);
  importing.child.kill(signal);
  return await importing.end();
}

async function untilRuns(least: number): Promise<void> {
  while (runsThere() < least) await pause(5);
}

/** Counts the runs that another process sees in the target; 0 before the target exists. */
function runsThere(): number {
  const file = join(dataDir(), "flightdeck.db");
  if (!existsSync(file)) return 0;
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    const row = database.prepare("SELECT count(*) AS count FROM runs").get();
    return Number(row?.["count"]);
  } catch {
    return 0; // Its tables are still being created.
  } finally {
    database.close();
  }
}

type MlflowServer = { readonly url: string; close(): Promise<void> };

async function startMlflow(): Promise<MlflowServer> {
  const port = await freePort();
  const program = join(dirname(valueOf(newest)), "mlflow");
  const options = ["--backend-store-uri", "sqlite:///mlflow.db", "--artifacts-destination", "artifacts"];
  const child = spawn(program, ["server", "--port", String(port), "--workers", "1", ...options], {
    cwd: source,
    env: mlflowEnvironment(),
    detached: true, // It starts workers, which are killed with its process group.
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) await pause(100);
  return { url, close: () => endGroup(child) };
}

async function answers(url: string): Promise<boolean> {
  return await fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  );
}

async function endGroup(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // Listening on a port.
  await new Promise((resolve) => server.close(resolve));
  return port;
}
