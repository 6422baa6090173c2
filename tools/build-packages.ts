import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { publicPackages } from "./packages/manifest.ts";
import { stagePackage } from "./packages/stage-package.ts";
import { stageStandalone } from "./packages/stage-standalone.ts";

/*
 * Builds what npm publishes: `npm run build:packages [-- --out FOLDER]`. For each public package a folder `NAME/` with
 * JavaScript, type declarations and source maps, and its tarball beside it. One more tarball, `flightdeck-VERSION.tgz`, holds
 * the command with all of our packages inside, for `npm install -g`.
 */

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..");
const NPM_OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

const { values } = parseArgs({ options: { out: { type: "string", default: join(ROOT, "dist") } } });
const out = values.out;
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

say("building the page");
await run("npm", ["run", "build:ui"], { cwd: ROOT });
say("compiling the packages");
const compiled = await mkdtemp(join(tmpdir(), "flightdeck-compiled-"));
try {
  const project = join(import.meta.dirname, "packages/tsconfig.json");
  await run(join(ROOT, "node_modules/.bin/tsc"), ["--project", project, "--outDir", compiled]);
  const packages = await publicPackages(join(ROOT, "packages"));
  for (const each of packages) {
    await stagePackage({ ...each, compiled: join(compiled, each.room, "src"), out: join(out, each.room) });
  }
  const standalone = await stageStandalone(packages, { from: out, out: join(compiled, "standalone") });
  say("packing");
  const pack = ["pack", "--json", "--pack-destination", out];
  const folders = packages.map(({ room }) => join(out, room));
  await run("npm", [...pack, ...folders], { cwd: ROOT, maxBuffer: NPM_OUTPUT_BYTES_MAX });
  await run("npm", [...pack, standalone], { cwd: ROOT, maxBuffer: NPM_OUTPUT_BYTES_MAX });
} finally {
  await rm(compiled, { recursive: true, force: true });
}
say(`packages and tarballs are in ${out}`);

function say(line: string): void {
  process.stderr.write(`build:packages: ${line}\n`);
}
