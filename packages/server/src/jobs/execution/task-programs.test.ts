import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MV_STAND_IN, RSYNC_STAND_IN, writePrograms, writeUsualPython } from "./task-programs.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "write-programs-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = promisify(execFile);
const { argv } = process;

test("a task finds the server's own Node and flightdeck, and rsync where there is none", async () => {
  await writeFile(join(folder, "flightdeck.mjs"), "console.log(process.version, process.argv.slice(2));");
  process.argv = [process.execPath, join(folder, "flightdeck.mjs"), "server"];
  try {
    await writePrograms({ folder: join(folder, "bin"), env: { PATH: folder } });
  } finally {
    process.argv = argv;
  }
  expect(await readdir(join(folder, "bin"))).toEqual(expect.arrayContaining(["flightdeck", "node", "rsync"]));
  expect((await run(join(folder, "bin", "node"), ["--version"])).stdout).toBe(`${process.version}\n`);
  const { stdout } = await run(join(folder, "bin", "flightdeck"), ["run", "a b"]);
  expect(stdout).toBe(`${process.version} [ 'run', 'a b' ]\n`);
});

test("a server that was not started by the command line names no flightdeck, and a machine's rsync is left alone", async () => {
  await writeFile(join(folder, "rsync"), "#!/bin/sh\n", { mode: 0o755 });
  await writePrograms({ folder: join(folder, "bin"), env: { PATH: folder } });
  expect(await readdir(join(folder, "bin"))).not.toEqual(expect.arrayContaining(["flightdeck"]));
  expect(await readdir(join(folder, "bin"))).not.toEqual(expect.arrayContaining(["rsync"]));
});

test("a machine without a Python gives a task none", async () => {
  await writeUsualPython(join(folder, "bin"), { PATH: folder });
  expect(await readdir(folder)).toEqual([]);
});

describe("stand-ins", () => {
  const standIn = async (text: string, ...args: readonly string[]): Promise<unknown> => {
    const file = join(folder, "stand-in");
    await writeFile(file, text, { mode: 0o755 });
    return await run(file, args, { cwd: folder }).catch((error: unknown) => error);
  };
  beforeEach(async () => {
    await writeFile(join(folder, "a b.tar.gz"), "new");
    await mkdir(join(folder, "to"));
  });

  test("rsync copies a file unless it is there", async () => {
    const args = ["-a", "-v", "--ignore-existing", "a b.tar.gz", "to"];
    await standIn(RSYNC_STAND_IN, ...args);
    expect(await readFile(join(folder, "to", "a b.tar.gz"), "utf8")).toBe("new");
    await writeFile(join(folder, "to", "a b.tar.gz"), "old");
    expect(await standIn(RSYNC_STAND_IN, ...args)).toMatchObject({ stderr: "" });
    expect(await readFile(join(folder, "to", "a b.tar.gz"), "utf8")).toBe("old");
    expect(await standIn(RSYNC_STAND_IN, "-a", "--delete", "x", "y")).toMatchObject({ code: 1 });
  });

  test("mv -T moves a folder to a name, and not into a folder of that name", async () => {
    await mkdir(join(folder, "from"));
    await writeFile(join(folder, "from", "file"), "");
    await standIn(MV_STAND_IN, "-T", "from", "to");
    expect(await readdir(join(folder, "to"))).toEqual(["file"]);
    await mkdir(join(folder, "from"));
    expect(await standIn(MV_STAND_IN, "-T", "from", "to")).toMatchObject({ code: 1 });
    await standIn(MV_STAND_IN, "a b.tar.gz", "to");
    expect((await readdir(join(folder, "to"))).toSorted()).toEqual(["a b.tar.gz", "file"]);
  });
});
