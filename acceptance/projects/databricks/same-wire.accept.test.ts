import { cp, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { REPOSITORY_ROOT, startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stockPython } from "../../run-python.ts";
import { FLIGHTDECK } from "../../serving-command.ts";
import { driveStock, environmentOf, execute } from "../run-both.ts";
import { compareCalls } from "./compare-calls.ts";
import { type WireCall, wireCall } from "./wire-call.ts";
import { FACT_DIFFERENCES, ONE_SIDED_CALLS } from "./wire-differences.ts";
import { type RecordedCall, WorkspaceRecorder } from "./workspace-recorder.ts";

/* For the same job, `flightdeck run -b databricks` sends the same requests as stock `mlflow run -b databricks`. */

const python = await stockPython();

type WireCase = { readonly what: string; readonly project: string; readonly args: readonly string[] };

const CASES: readonly WireCase[] = [
  {
    what: "a cluster definition, parameters and a run name",
    project: "parameters",
    args: ["-c", "cluster.json", "-P", "text=a b", "-P", "z=1", "--run-name", "first"],
  },
  {
    what: "the same again, when the project is already uploaded",
    project: "parameters",
    args: ["-c", "cluster.json", "-P", "text=a b", "-P", "z=1", "--run-name", "first"],
  },
  {
    what: "a definition with libraries, an entry point and an environment manager",
    project: "parameters",
    args: ["-c", "with-libraries.json", "-e", "data", "--env-manager", "local"],
  },
  { what: "a Spark job", project: "spark", args: ["-c", "cluster.json"] },
];

/** A shortened version of the guide's. */
const CLUSTER = {
  autoscale: { min_workers: 7, max_workers: 8 },
  spark_version: "6.6.x-gpu-ml-scala2.11",
  node_type_id: "p3.2xlarge",
  cluster_log_conf: { dbfs: { destination: "dbfs:/cluster-logs" } },
  spark_env_vars: {},
};
const CONFIGS = {
  "cluster.json": CLUSTER,
  "with-libraries.json": { new_cluster: CLUSTER, libraries: [{ pypi: { package: "tabulate==0.9.0" } }] },
};

describe.skipIf(python.missing)(`run -b databricks${python.missing ? ` (${python.reason})` : ""}`, () => {
  let server: TestServer;
  let recorder: WorkspaceRecorder;
  let folder: string;
  let recorded: ReadonlyMap<string, readonly WireCall[]>;

  beforeAll(async () => {
    server = await startTestServer();
    recorder = await WorkspaceRecorder.start(server.url);
    folder = await realpath(await mkdtemp(join(tmpdir(), "same-wire-")));
    await layOut();
    await runAll();
    recorded = callsByToken(recorder.calls);
  });
  afterAll(async () => {
    await recorder?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(CASES.map((each, index) => ({ ...each, index })))("$what", ({ index }) => {
    const { unexplained } = comparison(index);
    expect(unexplained.join("\n")).toBe("");
  });

  test("every listed difference occurs", () => {
    const met = new Set(CASES.flatMap((_, index) => [...comparison(index).met]));
    const listed = [...ONE_SIDED_CALLS, ...FACT_DIFFERENCES];
    expect(listed.filter((entry) => !met.has(entry))).toEqual([]);
  });

  function comparison(index: number): ReturnType<typeof compareCalls> {
    const [stock = [], ours = []] = ["stock", "ours"].map((who) => recorded.get(`Bearer ${who}-${index}`));
    expect(stock.length).toBeGreaterThan(0);
    return compareCalls(stock, ours);
  }

  async function layOut(): Promise<void> {
    for (const name of ["parameters", "spark"])
      await cp(join(REPOSITORY_ROOT, "acceptance/projects", name), join(folder, name), { recursive: true });
    for (const [name, config] of Object.entries(CONFIGS))
      await writeFile(join(folder, name), JSON.stringify(config));
    await new MlflowClient({ trackingUri: server.url }).createExperiment({ name: EXPERIMENT });
  }

  /** Each command has a unique token, which identifies its requests. */
  async function runAll(): Promise<void> {
    const options = { python: valueOf(python), folder, trackingUri: "databricks" };
    const commands = (who: string): readonly { args: string[]; cwd: string; env: Record<string, string> }[] =>
      CASES.map(({ project, args }, index) => ({
        args: ["run", ".", "-b", "databricks", "--experiment-name", EXPERIMENT, ...args.map(inFolder)],
        cwd: join(folder, project),
        env: {
          ...environmentOf(options, ""),
          DATABRICKS_HOST: recorder.url,
          DATABRICKS_TOKEN: `${who}-${index}`,
          HOME: folder,
        },
      }));
    const stock = await driveStock(commands("stock"), options);
    expect(stock.map(({ code, output }) => (code === 0 ? "" : output)).join("")).toBe("");
    for (const { args, cwd, env } of commands("ours")) {
      const { code, stderr } = await execute(process.execPath, [FLIGHTDECK, ...args, "--no-wait"], {
        cwd,
        env,
      });
      expect(code, stderr).toBe(0);
    }
  }

  function inFolder(arg: string): string {
    return arg.endsWith(".json") ? join(folder, arg) : arg;
  }
});

const EXPERIMENT = "/Users/me@example.com/airline";

/** Groups requests by token. A request without a token belongs to the next one with a token. */
function callsByToken(calls: readonly RecordedCall[]): ReadonlyMap<string, readonly WireCall[]> {
  const byToken = new Map<string, WireCall[]>();
  let token = "";
  for (const call of calls.toReversed()) {
    token = String(call.headers["authorization"] ?? token);
    byToken.set(token, [wireCall(call), ...(byToken.get(token) ?? [])]);
  }
  return byToken;
}
