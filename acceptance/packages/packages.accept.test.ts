import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { type Part, part, REPOSITORY_ROOT, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../run-command.ts";
import { runPython, stockPython } from "../run-python.ts";
import { ServingCommand } from "../serving-command.ts";
import { Newcomer, node24 } from "./newcomer.ts";

/* The packages as npm publishes them: tarballs installed into empty folders with an empty home, without the checkout. */

const PROJECTS = join(import.meta.dirname, "projects");
const AIRLINE = join(REPOSITORY_ROOT, "examples/airline");
/** For bundles in ES modules, since packages in CommonJS call `require`. */
const REQUIRE = `import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);`;

/** Three installs from a registry, and a build. */
const INSTALL_TIMEOUT_MS = 900_000;

const oldest = await part("Node 24", node24);
const python = await stockPython();
const nodes = [
  ["24", oldest],
  ["26", { missing: false, value: process.execPath }],
] as const satisfies readonly (readonly [string, Part<string>])[];

let tarballs: string;
let newcomer: Newcomer;
/** A project with all packages, and the tools to compile and bundle it. */
let project: string;
let flightdeck: string;
let server: ServingCommand;

beforeAll(async () => {
  tarballs = await mkdtemp(join(tmpdir(), "flightdeck-packages-"));
  const build = ["tools/build-packages.ts", "--out", tarballs];
  const built = await runCommand(process.execPath, build, { cwd: REPOSITORY_ROOT, env: {} });
  expect(built, built.stderr).toMatchObject({ code: 0 });
  newcomer = await Newcomer.create();
  const files = (await readdir(tarballs)).filter((name) => name.endsWith(".tgz"));
  const standalone = files.filter((name) => /^flightdeck-\d/.test(name));
  const separate = files.filter((name) => !standalone.includes(name));
  flightdeck = await installCommand(standalone[0]!);
  project = await createProject(separate);
  server = await startServer(process.execPath);
}, INSTALL_TIMEOUT_MS);
afterAll(async () => {
  await server.close();
  await newcomer.remove();
  await rm(tarballs, { recursive: true });
});

for (const [version, found] of nodes) {
  const title = `with Node ${version}${found.missing ? ` (${found.reason})` : ""}`;
  describe.skipIf(found.missing)(title, () => {
    test("every entry of every package loads", async () => {
      const names = await publishedEntries();
      expect(names).toContain("@flightdeck/client/browser");
      const program = `for (const name of ${JSON.stringify(names)}) await import(name); console.log(process.versions.node);`;
      await writeFile(join(project, "load.mjs"), program);
      const loaded = await newcomer.run(valueOf(found), ["node", "load.mjs"], { cwd: project });
      expect(loaded.split(".")[0]).toBe(version);
    });

    test("a TypeScript program tracks a search and a forest", async () => {
      const env = { MLFLOW_TRACKING_URI: server.url };
      const output = await newcomer.run(valueOf(found), ["node", "track.ts"], { cwd: project, env });
      expect(JSON.parse(output)).toEqual({
        name: "first",
        status: "FINISHED",
        accuracy: 1,
        inputs: ["hour"],
      });
    });

    test("the installed command serves the page and runs the guide's project", async () => {
      const node = valueOf(found);
      const own = await startServer(node);
      try {
        await expectPage(own.url);
        await runGuide(node, own.url, ["-e", "simple", "-P", "n_estimators=3"]);
        const client = new MlflowClient({ trackingUri: own.url });
        const { experimentId } = await client.getExperimentByName("airline");
        const { items } = await client.searchRuns({ experimentIds: [experimentId] });
        expect(items.map(({ info }) => info.status)).toEqual(["FINISHED"]);
      } finally {
        await own.close();
      }
    });
  });
}

test("the guide's search registers a model, which answers the guide's query", async () => {
  const small = ["-e", "hyperopt", "-P", "max_evals=1", "-P", "n_estimators_max=151"];
  const folder = await runGuide(process.execPath, server.url, small);
  const model = await serve(["models", "serve", "-m", "models:/rapids_mlflow_cli/1", "-p", "0"], {
    MLFLOW_TRACKING_URI: server.url,
  });
  try {
    const query: [string, ...string[]] = ["bash", "test_call.sh", new URL(model.url).origin];
    expect(await newcomer.run(process.execPath, query, { cwd: folder })).toMatch(/^\[[01]\]\n$/);
  } finally {
    await model.close();
  }
});

test.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("strict programs compile, module %s, resolution %s", async (module, resolution) => {
  const options = ["--strict", "--noEmit", "--target", "es2024", "--types", "node"];
  const resolved = ["--module", module, "--moduleResolution", resolution];
  const tsc: [string, ...string[]] = ["npx", "--no", "--", "tsc", ...options, ...resolved, "track.ts"];
  expect(await newcomer.run(process.execPath, tsc, { cwd: project })).toBe("");
});

test.each([
  ["esm", "mjs"],
  ["cjs", "cjs"],
])("esbuild bundles a program to %s, which runs without node_modules", async (format, suffix) => {
  const elsewhere = await newcomer.emptyFolder(`bundled-${format}`);
  const output = join(elsewhere, `main.${suffix}`);
  const banner = format === "esm" ? [`--banner:js=${REQUIRE}`] : [];
  const options = ["--bundle", "--platform=node", `--format=${format}`, `--outfile=${output}`, ...banner];
  const build: [string, ...string[]] = [
    "npx",
    "--no",
    "--",
    "esbuild",
    "bundled/main.ts",
    "--log-level=error",
    ...options,
  ];
  await newcomer.run(process.execPath, build, { cwd: project });
  const env = { MLFLOW_TRACKING_URI: server.url };
  const ran = await newcomer.run(process.execPath, ["node", output], { cwd: elsewhere, env });
  expect(ran.trim()).toBe("RUNNING");
});

test("Vite bundles the browser entries without any Node module", async () => {
  const cwd = join(project, "browser");
  const define = `export default { define: { TRACKING_URI: ${JSON.stringify(JSON.stringify(server.url))} },
    build: { target: "esnext", modulePreload: { polyfill: false } }, logLevel: "warn" };`;
  await writeFile(join(cwd, "vite.config.mjs"), define);
  await newcomer.run(process.execPath, ["npx", "--no", "--", "vite", "build"], { cwd });
  const assets = join(cwd, "dist/assets");
  const [script = ""] = (await readdir(assets)).filter((name) => name.endsWith(".js"));
  const text = await readFile(join(assets, script), "utf8");
  expect(text.match(/["'`]node:\w+|__vite-browser-external/g)).toBeNull();
  await writeFile(join(assets, "package.json"), '{"type": "module"}');
  const answer = await newcomer.run(process.execPath, ["node", script], { cwd: assets });
  expect(JSON.parse(answer)).toMatchObject({
    experiments: expect.arrayContaining(["Default"]),
    opens: "function",
  });
});

describe.skipIf(python.missing)(`stock Python${python.missing ? ` (${python.reason})` : ""}`, () => {
  test("tracks, registers and reads back on the installed server", async () => {
    const seen = await runPython({
      interpreter: valueOf(python),
      file: "log_job.py",
      args: ["from python"],
      trackingUri: server.url,
    });
    expect(seen).not.toEqual({});
    const client = new MlflowClient({ trackingUri: server.url });
    const { experimentId } = await client.getExperimentByName("from python");
    const { items } = await client.searchRuns({ experimentIds: [experimentId] });
    expect(items.map(({ info }) => info.status)).toEqual(["FINISHED", "FINISHED"]);
  });
});

test("tarballs contain no tests, sources or development dependencies", async () => {
  for (const file of await packageFolders()) {
    const files = await readdir(file, { recursive: true });
    const unwanted = files.filter((path) => /\.test\.|(?<!\.d)\.m?ts$|(^|\/)(testing|src)(\/|$)/.test(path));
    expect(unwanted, file).toEqual([]);
    const manifest = await readManifest(file);
    expect(manifest).toMatchObject({ engines: { node: ">=24" }, license: "Apache-2.0" });
    expect(Object.keys(manifest)).not.toContain("devDependencies");
    for (const name of ["README.md", "LICENSE"]) expect(files).toContain(name);
  }
});

/** Installs with `npm install -g` below the newcomer's own prefix; returns the command's path. */
async function installCommand(tarball: string): Promise<string> {
  const prefix = await newcomer.emptyFolder("prefix");
  const install: [string, ...string[]] = [
    "npm",
    "install",
    "-g",
    "--prefix",
    prefix,
    join(tarballs, tarball),
  ];
  await newcomer.run(process.execPath, install, { cwd: await newcomer.emptyFolder("anywhere") });
  return join(prefix, "bin/flightdeck");
}

async function createProject(separate: readonly string[]): Promise<string> {
  const folder = await newcomer.emptyFolder("project");
  await cp(PROJECTS, folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"type": "module", "private": true}');
  const tools = ["typescript", "esbuild", "vite", "@types/node"].map(
    (name) => `${name}@${versionHere(name)}`,
  );
  const packages = separate.map((name) => join(tarballs, name));
  await newcomer.run(process.execPath, ["npm", "install", ...packages, ...tools], { cwd: folder });
  return folder;
}

/** The version that the checkout uses. */
function versionHere(name: string): string {
  const inUi = createRequire(join(REPOSITORY_ROOT, "packages/ui/package.json"));
  return (inUi(`${name}/package.json`) as { version: string }).version; // Every package.json has one.
}

async function startServer(node: string): Promise<ServingCommand> {
  return await serve(["server", "-p", "0"], {}, node);
}

/** Starts the installed command in an empty folder. */
async function serve(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  node: string = process.execPath,
): Promise<ServingCommand> {
  const cwd = await mkdtemp(join(newcomer.folder, "serving-"));
  return await ServingCommand.start(args, {
    cwd,
    env: { ...newcomer.env(node), ...env },
    command: [flightdeck],
  });
}

async function expectPage(url: string): Promise<void> {
  const page = await fetch(url);
  expect([page.status, page.headers.get("content-type")]).toEqual([
    200,
    expect.stringContaining("text/html"),
  ]);
  const script = /<script[^>]* src="\.\/(assets\/[^"]+)"/.exec(await page.text())?.[1];
  expect((await fetch(`${url}/${script}`)).headers.get("content-type")).toContain("javascript");
}

/** Runs a copy of the guide's project; returns the copy's folder. */
async function runGuide(node: string, trackingUri: string, options: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(newcomer.folder, "airline-"));
  await cp(AIRLINE, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  const env = { MLFLOW_TRACKING_URI: trackingUri, MLFLOW_EXPERIMENT_NAME: "airline" };
  const run: [string, ...string[]] = [flightdeck, "run", `file://${folder}`, "-b", "local", ...options];
  await newcomer.run(node, run, { cwd: folder, env });
  return folder;
}

async function packageFolders(): Promise<string[]> {
  const scope = join(project, "node_modules/@flightdeck");
  return (await readdir(scope)).map((name) => join(scope, name));
}

type Manifest = { readonly name: string; readonly exports: Readonly<Record<string, unknown>> };

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest; // Our build wrote it.
}

async function publishedEntries(): Promise<string[]> {
  const manifests = await Promise.all((await packageFolders()).map(readManifest));
  return manifests.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((entry) => entry !== "./package.json")
      .map((entry) => `${name}${entry.slice(1)}`),
  );
}
