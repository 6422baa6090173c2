import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/flightdeck.mjs", import.meta.url));

export type FlightdeckOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The Node that starts it; default the one that runs the test. */
  readonly node?: string;
};

export type FlightdeckResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** The real command in a process of its own, with an environment that names no tracking server. */
export class FlightdeckProcess {
  readonly child: ChildProcess;
  private readonly ended: Promise<FlightdeckResult>;
  private stdout = "";
  private stderr = "";

  constructor(
    args: readonly string[],
    { cwd, env = {}, input = "", node = process.execPath }: FlightdeckOptions,
  ) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(MLFLOW|FLIGHTDECK|VITEST|NODE_)/.test(name),
    );
    this.child = spawn(node, [BIN, ...args], { cwd, env: { ...Object.fromEntries(inherited), ...env } });
    this.child.stdin?.end(input);
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => void (this.stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => void (this.stderr += text));
    this.ended = once(this.child, "close").then(([code]) => ({
      code: code as number | null, // As the event says.
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  end(): Promise<FlightdeckResult> {
    return this.ended;
  }

  /** Resolves with the first match in what has been written so far, on either stream. Fails when the process ends first. */
  async written(pattern: RegExp): Promise<string> {
    let result: FlightdeckResult | undefined;
    void this.ended.then((each) => void (result = each));
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match[1] ?? match[0];
      if (result !== undefined)
        throw new TypeError(`ended without ${String(pattern)}: ${JSON.stringify(result)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Runs the command to its end. */
export async function flightdeck(
  args: readonly string[],
  options: FlightdeckOptions,
): Promise<FlightdeckResult> {
  return await new FlightdeckProcess(args, options).end();
}
