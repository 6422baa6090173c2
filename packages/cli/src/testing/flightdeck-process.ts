import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The command's executable file. */
export const BIN: string = fileURLToPath(new URL("../../bin/flightdeck.mjs", import.meta.url));

export type FlightdeckOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
  /** The Node that runs it; default: the one that runs the test. */
  readonly node?: string | undefined;
  /** Executes the file directly, as a shell does, instead of passing it to Node. */
  readonly direct?: boolean | undefined;
};

export type FlightdeckResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs the real command in a child process, in an environment without a tracking server. */
export class FlightdeckProcess {
  readonly child: ChildProcess;
  readonly #ended: Promise<FlightdeckResult>;
  #stdout = "";
  #stderr = "";

  /** Wraps a process that was started some other way. */
  constructor(child: ChildProcess, input = "") {
    this.child = child;
    this.child.stdin?.end(input);
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => void (this.#stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => void (this.#stderr += text));
    this.#ended = once(this.child, "close").then(([code]) => ({
      code: code as number | null, // The event's documented type.
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  static start(args: readonly string[], options: FlightdeckOptions): FlightdeckProcess {
    const { cwd, env = {}, input, node = process.execPath, direct = false } = options;
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(MLFLOW|FLIGHTDECK|VITEST|NODE_)/.test(name),
    );
    const place = { cwd, env: { ...Object.fromEntries(inherited), ...env } };
    return new FlightdeckProcess(
      direct ? spawn(BIN, args, place) : spawn(node, ["--", BIN, ...args], place),
      input,
    );
  }

  end(): Promise<FlightdeckResult> {
    return this.#ended;
  }

  /** Resolves with the first match in the output so far, on either stream. Fails if the process exits first. */
  async written(pattern: RegExp): Promise<string> {
    let result: FlightdeckResult | undefined;
    void this.#ended.then((each) => void (result = each));
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match !== null) return match[1] ?? match[0];
      if (result !== undefined)
        throw new TypeError(`ended without ${String(pattern)}: ${JSON.stringify(result)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Runs the command until it exits. */
export async function flightdeck(
  args: readonly string[],
  options: FlightdeckOptions,
): Promise<FlightdeckResult> {
  return await FlightdeckProcess.start(args, options).end();
}
