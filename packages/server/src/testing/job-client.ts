import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** An answer, whose fields the test knows. */
type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- A wrong field fails the test.

/** How often to poll a run: processes start and end within a few hundredths of a second. */
const POLL_MS = 25;

/** A request to run a command, on a cluster with logs and with resources that this machine lacks. */
export function shellRun(script: string, task: object = {}): Json {
  return {
    run_name: "r",
    shell_command_task: { command: ["bash", "-c", script], ...task },
    new_cluster: {
      spark_version: "6.6.x-gpu-ml-scala2.11",
      num_workers: 8,
      aws_attributes: { zone_id: "us-west-2a" },
      spark_env_vars: { B: "2" },
      cluster_log_conf: { dbfs: { destination: "dbfs:/cluster-logs" } },
    },
  };
}

/** Calls the jobs API, and waits for runs. Throws errors with their codes. */
export class JobClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async submit(request: object): Promise<number> {
    return (await this.post("jobs/runs/submit", request)).run_id;
  }

  async get(path: string, query: object): Promise<Json> {
    const fields = Object.entries(query).map(([name, value]) => [name, String(value)]);
    return await this.#call(`${path}?${new URLSearchParams(fields).toString()}`, {});
  }

  async post(path: string, body: object): Promise<Json> {
    return await this.#call(path, { method: "POST", body: JSON.stringify(body) });
  }

  async log(runId: number, offset: number): Promise<Json> {
    return await this.get("flightdeck/jobs/runs/read-log", { run_id: runId, offset });
  }

  async ended(runId: number): Promise<Json> {
    return await this.until(runId, (run) => run.state.result_state !== undefined);
  }

  async until(runId: number, isSo: (run: Json) => boolean): Promise<Json> {
    return await eventually(async () => {
      const run = await this.get("jobs/runs/get", { run_id: runId });
      return isSo(run) ? run : undefined;
    });
  }

  /** Waits for output on stdout after an offset. */
  async untilLog(runId: number, offset: number): Promise<Json> {
    return await eventually(async () => {
      const log = await this.log(runId, offset);
      return log.text === "" ? undefined : log;
    });
  }

  /** Pids of this machine's processes whose command line contains a text. */
  async processes(text: string): Promise<readonly string[]> {
    const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,stat=,args="]);
    return stdout
      .split("\n")
      .filter((line) => line.includes(text) && !/^\s*\d+\s+Z/.test(line))
      .map((line) => line.trim().split(/\s+/)[0] ?? "");
  }

  async #call(path: string, init: RequestInit): Promise<Json> {
    const headers = { "content-type": "application/json", ...this.#headers };
    const response = await fetch(`${this.#url}/api/2.0/${path}`, { ...init, headers });
    const json = (await response.json()) as Json; // Every answer is a JSON object.
    if (!response.ok) throw new TypeError(`${json.error_code}: ${json.message}`);
    return json;
  }
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
