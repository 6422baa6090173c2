import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { REPOSITORY_ROOT } from "@flightdeck/testkit";

export const FLIGHTDECK: string = join(REPOSITORY_ROOT, "packages/cli/bin/flightdeck.mjs");

const URL_LINE = /http:\/\/127\.0\.0\.1:\d+[^\s"]*/;

export type ServingOptions = {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What starts `flightdeck`; default: the checkout's. */
  readonly command?: readonly [string, ...string[]] | undefined;
};

/** A command that serves until it is told to stop: `flightdeck server`, or a model's. */
export class ServingCommand {
  readonly url: string;
  private readonly child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.child = child;
  }

  /** Resolves when it says where it serves. */
  static async start(
    args: readonly string[],
    { command: [program, ...words] = [process.execPath, FLIGHTDECK], ...options }: ServingOptions,
  ): Promise<ServingCommand> {
    const child = spawn(program, [...words, ...args], {
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let written = "";
    const url = await new Promise<string>((resolve, reject) => {
      child.once("close", () => reject(new TypeError(`ended: ${written}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          written += chunk.toString();
          const found = URL_LINE.exec(written)?.[0];
          if (found !== undefined) resolve(found);
        });
      }
    });
    return new ServingCommand(url, child);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGTERM");
    await ended;
  }
}
