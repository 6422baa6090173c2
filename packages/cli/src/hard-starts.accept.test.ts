import { execFileSync, spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BIN, flightdeck, FlightdeckProcess } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* A server that cannot start where it is, or whose disk fills up, must print one clear line and exit. */

let folder: TemporaryFolder;
let running: FlightdeckProcess[] = [];
beforeEach(async () => void (folder = await TemporaryFolder.create()));
afterEach(async () => {
  for (const each of running) each.child.kill("SIGKILL");
  await Promise.all(running.map((each) => each.end()));
  running = [];
  await folder.remove();
});

function start(...args: readonly string[]): FlightdeckProcess {
  const started = FlightdeckProcess.start(args, { cwd: folder.path });
  running.push(started);
  return started;
}

const URL_OF_SERVER = /flightdeck listens on (http:\S+)/;

test.each([
  ["a file", "file", "it is not a folder"],
  ["below a file", "file/deep/er", "it is not a folder"],
  ["below /proc, where nothing can be created", "/proc/x/y", "no folder can be created there"],
  ["a name that is too long", "x".repeat(300), "the name is too long"],
])("a data folder that is %s", async (_, dataDir, reason) => {
  await folder.write("file", "content");
  const { code, stderr } = await start("server", "-p", "0", "--data-dir", dataDir).end();
  expect(stderr).toMatch(/^flightdeck: the data folder \/\S+ cannot be used: .*\n$/);
  expect(stderr).toContain(reason);
  expect(code).toBe(1);
});

test("an empty database file does not become a new workspace", async () => {
  await mkdir(join(folder.path, "data"));
  await folder.write("data/flightdeck.db", "");
  for (const command of [
    ["server", "-p", "0"],
    ["experiments", "search"],
    ["tokens", "create"],
  ]) {
    const { code, stderr } = await start(...command, "--data-dir", "data").end();
    expect(stderr).toMatch(/^flightdeck: cannot open the database \S+: the file is empty, .*\n$/);
    expect(code).toBe(1);
  }
  expect(await readFile(join(folder.path, "data", "flightdeck.db"), "utf8")).toBe("");
});

test("a second server on one database is refused, while commands work on it", async () => {
  const first = start("server", "-p", "0");
  await first.written(URL_OF_SERVER);
  const second = await start("server", "-p", "0").end();
  const message = `flightdeck: another server (process ${first.child.pid}) is using the database`;
  expect(second.stderr).toContain(message);
  expect(second.stderr.split("\n")).toHaveLength(2);
  expect(second.code).toBe(1);
  expect((await start("experiments", "search").end()).stdout).toContain("Default");
});

test("a killed server leaves nothing behind that keeps the next one from starting", async () => {
  const first = start("server", "-p", "0");
  await first.written(URL_OF_SERVER);
  first.child.kill("SIGKILL");
  await first.end();
  const second = start("server", "-p", "0");
  const url = await second.written(URL_OF_SERVER);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await readFile(join(folder.path, ".flightdeck", "flightdeck.db.pid"), "utf8")).toBe(
    `${second.child.pid}\n`,
  );
});

test("--env-file is handled by the command and not by Node, wherever it stands", async () => {
  const env = { PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  const run = (...args: readonly string[]) => flightdeck(args, { cwd: folder.path, env, direct: true });
  await folder.write("settings.env", "FLIGHTDECK_DATA_DIR=elsewhere\n");
  const created = await run("--env-file", "settings.env", "tokens", "list");
  expect(created.stderr).toContain(`there is no workspace in ${join(folder.path, "elsewhere")}`);
  const absent = await run("--env-file", "absent.env", "tokens", "list");
  expect(absent.stderr).toMatch(/^flightdeck: option '--env-file <FILE>' argument 'absent.env' is invalid/);
  expect(absent.code).toBe(2);
  const misplaced = await run("tokens", "list", "--env-file", "absent.env");
  expect(misplaced.stderr).toBe("flightdeck: unknown option '--env-file'\n");
  expect(misplaced.code).toBe(2);
});

const namespaces = mayMount();

/** Whether this system allows mounts in a private namespace. */
function mayMount(): boolean {
  try {
    execFileSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const isSkipped = !namespaces && process.env["CI"] !== "true";

describe.skipIf(isSkipped)(
  `on a disk of its own${isSkipped ? " (this system allows no mounts)" : ""}`,
  () => {
    /** Starts the server in a namespace where its data folder is a file system mounted with these options. */
    async function startOn(options: string): Promise<FlightdeckProcess> {
      const dataDir = join(folder.path, "disk");
      await mkdir(dataDir);
      const script = `mount -t tmpfs -o ${options} none "$1" && exec "$2" "$3" server -p 0 --data-dir "$1"`;
      const child = spawn("unshare", ["-rm", "sh", "-c", script, "sh", dataDir, process.execPath, BIN]);
      const started = new FlightdeckProcess(child);
      running.push(started);
      return started;
    }

    test("a read-only disk", async () => {
      const { code, stderr } = await (await startOn("ro")).end();
      expect(stderr).toMatch(
        /^flightdeck: the data folder \S+ cannot be used: the file system is read-only\n$/,
      );
      expect(code).toBe(1);
    });

    test("a full disk makes uploads fail with a server error, which is logged; with space again, they work", async () => {
      const server = await startOn("size=4m");
      const url = await server.written(URL_OF_SERVER);
      const put = async (name: string, bytes: number): Promise<Response> =>
        await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${name}`, {
          method: "PUT",
          body: new Uint8Array(bytes),
        });
      const refused = await put("large.bin", 8 * 1024 * 1024);
      expect(refused.status).toBe(500);
      expect(await refused.json()).toMatchObject({
        error_code: "IO_ERROR",
        message: "cannot write artifact 'large.bin': the server's disk is full",
      });
      await server.written(/"level":50.*"code":"IO_ERROR"/);
      expect((await put("small.bin", 1000)).status).toBe(200);
      server.child.kill("SIGTERM");
      expect((await server.end()).code).toBe(0);
    });
  },
);
