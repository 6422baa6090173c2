import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ServerOptions } from "../server-options.ts";

export type ServerProcess = {
  readonly url: string;
  /** Its log so far. */
  log(): string;
  /** Kills the process, with SIGKILL like a crash, and resolves when it has ended. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
};

/** Starts a server in a separate process that can be killed. */
export async function startServerProcess(
  options: Pick<ServerOptions, "dataDir"> & Partial<ServerOptions>,
): Promise<ServerProcess> {
  const script = `
    import { startServer } from ${JSON.stringify(join(import.meta.dirname, "../start-server.ts"))};
    const server = await startServer(${JSON.stringify({ host: "127.0.0.1", port: 0, logLevel: "warn", ...options })});
    process.once("SIGTERM", () => void server.close());
    console.log(server.url);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.pipe(process.stderr);
  return { url: await firstLine(child), log: () => log, kill: (signal) => end(child, signal) };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes("\n")) return text.trim();
  }
  throw new TypeError("the server ended before it answered");
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}
