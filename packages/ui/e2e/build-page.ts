import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const UI_ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUILD_TIMEOUT_MS = 120_000;

/** Builds the page into a folder as it is shipped: in a process of its own, since vitest's is set up for development. */
export async function buildPage(folder: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin", "vite.js");
  await run(process.execPath, [vite, "build", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn"], {
    cwd: UI_ROOT,
    env: { ...process.env, NODE_ENV: "production" },
    timeout: BUILD_TIMEOUT_MS,
  });
}
