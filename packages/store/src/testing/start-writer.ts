import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A separate process that logs points to a run until it is killed. */
export type Writer = {
  readonly process: ChildProcess;
  /** Steps whose write has resolved. */
  readonly acknowledged: readonly number[];
  readonly ended: Promise<unknown>;
  untilAcknowledged(count: number): Promise<void>;
};

const PROGRAM = fileURLToPath(import.meta.resolve("./acknowledging-writer.ts"));

export function startWriter(backendStoreUri: string, runId: string, key: string): Writer {
  const child = spawn(process.execPath, [PROGRAM, backendStoreUri, runId, key], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged: number[] = [];
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split("\n");
    rest = lines.pop() ?? "";
    acknowledged.push(...lines.map(Number));
  });
  const untilAcknowledged = async (count: number): Promise<void> => {
    while (acknowledged.length < count) {
      if (child.exitCode !== null) throw new TypeError(`the writer ended after ${acknowledged.length} steps`);
      await new Promise((resolve) => child.stdout.once("data", resolve));
    }
  };
  return { process: child, acknowledged, ended, untilAcknowledged };
}
