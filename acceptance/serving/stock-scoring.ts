import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Part, pythonWith } from "@flightdeck/testkit";

const here = (path: string): string => fileURLToPath(new URL(`../python/${path}`, import.meta.url));

/** A Python with the newest stock client and the libraries to score scikit-learn models and ours. */
export function servingPython(): Promise<Part<string>> {
  return pythonWith(here("serving.txt"));
}

/** MLflow's own scoring servers for several model folders. */
export class StockScoring {
  /** The URL of each folder's server. */
  readonly urls: Readonly<Record<string, string>>;
  readonly #child: ChildProcess;

  private constructor(urls: Readonly<Record<string, string>>, child: ChildProcess) {
    this.urls = urls;
    this.#child = child;
  }

  static async start(interpreter: string, folders: readonly string[]): Promise<StockScoring> {
    const child = spawn(interpreter, [here("stock_scoring.py"), ...folders], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: "true", PYTHONHASHSEED: "0" },
    });
    const printed = await new Promise<string>((resolve, reject) => {
      let written = "";
      child.stdout.on("data", (chunk: Buffer) => {
        written += chunk.toString();
        if (written.includes("\n")) resolve(written);
      });
      child.once("close", (code) => reject(new TypeError(`stock_scoring.py ended with ${code}`)));
    });
    return new StockScoring(JSON.parse(printed) as Record<string, string>, child); // As the script prints it.
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, "close");
  }
}
