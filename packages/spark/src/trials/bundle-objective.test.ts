import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { bundleObjective } from "./bundle-objective.ts";
import { toLine } from "./message-line.ts";

const run = promisify(execFile);

test("files with any name, in a folder with any name, travel and are found", async () => {
  const folder = join(await temporaryFolder(), "50% of #1 ünder");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "a #1 50%.txt"), "here it is");
  const module = join(folder, "my objective.mjs");
  await writeFile(
    module,
    `import { readFileSync } from "node:fs";
     console.log(readFileSync(new URL("./a%20%231%2050%25.txt", import.meta.url), "utf8"));
     process.exit();`,
  );
  const files = unpack(await bundleObjective({ module: pathToFileURL(module).href }));
  expect([...files.values()].map(String)).toContain("here it is");
  // The worker loads the module when it gets its first trial.
  const running = run(process.execPath, [await unpackTo(join(await temporaryFolder(), "to"), files), "mark"]);
  running.child.stdin?.write(`${toLine(TRIAL)}\n`);
  expect((await running).stdout).toBe("here it is\n");
});

const TRIAL = {
  kind: "evaluate",
  trialId: 0,
  value: {},
  module: "",
  exportName: "default",
  isTracked: false,
  outputEnd: "",
};

test("URLs of missing files and of the network stay unchanged", async () => {
  const module = join(await temporaryFolder(), "objective.mjs");
  await writeFile(
    module,
    `export const urls = [new URL("./not-there.bin", import.meta.url), new URL("https://example.org/x", import.meta.url)];`,
  );
  const files = unpack(await bundleObjective({ module: pathToFileURL(module).href }));
  expect([...files.keys()]).toEqual(["main.mjs"]);
  expect(String(files.get("main.mjs"))).toContain("./not-there.bin");
});

test("on an older Node, the worker's only output is the reason", async () => {
  const folder = await temporaryFolder();
  const module = join(folder, "objective.mjs");
  await writeFile(module, "export default () => 1;");
  const main = await unpackTo(
    join(folder, "to"),
    unpack(await bundleObjective({ module: pathToFileURL(module).href })),
  );
  // Only the version is pretended: no older Node comes with this project.
  const older = `data:text/javascript,Object.defineProperty(process, "version", { value: "v20.1.0" })`;
  const running = run(process.execPath, ["--import", older, main, "mark"]);
  running.child.stdin?.end();
  const stderr = "trials need Node 24 or newer on the executors, found v20.1.0\n";
  await expect(running).rejects.toMatchObject({ code: 1, stdout: "", stderr });
});

test.each(["", "data:text/javascript,export default 1"])("refuses the module %j", async (module) => {
  await expect(bundleObjective({ module })).rejects.toThrow("must be a file to be sent to Spark");
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-bundle-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Reads the same format as `BundleFolder.java`. */
function unpack(bundle: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(bundle);
  let at = 0;
  const int = (): number => bytes.readInt32BE((at += 4) - 4);
  const text = (length: number): Buffer => bytes.subarray(at, (at += length));
  return new Map(Array.from({ length: int() }, () => [text(int()).toString(), text(int())]));
}

async function unpackTo(folder: string, files: ReadonlyMap<string, Buffer>): Promise<string> {
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return join(folder, "main.mjs");
}
