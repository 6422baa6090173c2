import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "./create-token.ts";
import { clientPython } from "./parity/clients.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

/*
 * The legacy `databricks` command line, 0.18, which MLflow 1.x installs. It ignores the port of its host, so it reaches the
 * server as an HTTP proxy.
 */

const python = await clientPython("1.30.1");

describe.skipIf(python.missing)(`databricks-cli 0.18${python.missing ? ` (${python.reason})` : ""}`, () => {
  let server: TestServer;
  let token: string;
  let folder: string;
  beforeAll(async () => {
    server = await startTestServer({ auth: "token" });
    token = await createToken(server, "owner@example.com");
    folder = await mkdtemp(join(tmpdir(), "databricks-cli-"));
    await mkdir(join(folder, "data", "sub"), { recursive: true });
    await writeFile(join(folder, "data", "big.bin"), randomBytes(2_345_678));
    await writeFile(join(folder, "data", "sub", "x.txt"), "x\n");
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  function databricks(args: readonly string[], login: string = token): Promise<CommandResult> {
    const program = join(valueOf(python), "..", "databricks");
    const env = {
      HOME: folder,
      http_proxy: server.url,
      DATABRICKS_HOST: "http://localhost",
      DATABRICKS_TOKEN: login,
      PYTHONWARNINGS: "ignore",
    };
    return runCommand(program, args, { cwd: folder, env });
  }

  async function output(...args: readonly string[]): Promise<string> {
    const { code, stdout } = await databricks(args);
    expect([code, stdout]).toEqual([0, stdout]); // It also prints errors on standard output.
    return stdout;
  }

  async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await output(...args)) as Record<string, unknown>; // The command prints an object.
  }

  async function refusal(...args: readonly string[]): Promise<string> {
    const { code, stdout } = await databricks(args);
    expect([code, stdout]).toEqual([1, stdout]);
    return stdout;
  }

  test("fs: copies files and folders in both directions, and reports errors", async () => {
    await output("fs", "mkdirs", "dbfs:/t");
    const copied = await output("fs", "cp", "-r", "data", "dbfs:/t/data");
    expect(copied).toContain("data/big.bin -> dbfs:/t/data/big.bin");
    expect(await output("fs", "ls", "dbfs:/t/data")).toBe("big.bin\nsub\n");
    expect(await output("fs", "ls", "-l", "--absolute", "dbfs:/t/data")).toMatch(
      /^file +2345678 +dbfs:\/t\/data\/big\.bin +\d{13}\ndir +0 +dbfs:\/t\/data\/sub +\d{13}\n$/,
    );
    expect(await output("fs", "cat", "dbfs:/t/data/sub/x.txt")).toBe("x\n");
    await output("fs", "cp", "-r", "dbfs:/t/data", "back");
    const [sent, got] = await Promise.all(
      ["data", "back"].map((place) => readFile(join(folder, place, "big.bin"))),
    );
    expect(sent?.equals(got ?? Buffer.alloc(0))).toBe(true);
    expect(await output("fs", "cp", "-r", "data", "dbfs:/t/data")).toContain("already exists. Skip.");
    expect(await refusal("fs", "cp", "data/big.bin", "dbfs:/t/data/big.bin")).toContain(
      "RESOURCE_ALREADY_EXISTS",
    );
    await output("fs", "cp", "--overwrite", "data/sub/x.txt", "dbfs:/t/data/big.bin");
    await output("fs", "mv", "dbfs:/t/data/big.bin", "dbfs:/t/small.txt");
    expect(await output("fs", "cat", "dbfs:/t/small.txt")).toBe("x\n");
    expect(await refusal("fs", "rm", "dbfs:/t")).toContain("not empty");
    expect(await output("fs", "rm", "-r", "dbfs:/t")).toContain("Delete finished successfully.");
    expect(await refusal("fs", "ls", "dbfs:/t")).toContain("RESOURCE_DOES_NOT_EXIST");
    expect(await refusal("fs", "ls", "dbfs:/../etc")).toContain("INVALID_PARAMETER_VALUE");
  });

  test("workspace: creates, lists and deletes folders", async () => {
    await output("workspace", "mkdirs", "/Users/owner@example.com/a");
    expect(await output("workspace", "ls", "/Users")).toBe("owner@example.com\n");
    expect(await output("workspace", "list", "-l", "--absolute", "/Users")).toMatch(
      /^DIRECTORY +\/Users\/owner@example\.com\s*$/,
    );
    expect(await refusal("workspace", "delete", "/Users")).toContain("not empty");
    await output("workspace", "rm", "-r", "/Users");
    expect(await refusal("workspace", "ls", "/Users")).toContain("RESOURCE_DOES_NOT_EXIST");
  });

  test("tokens: creates a token, lists it without its value, and revokes it", async () => {
    const created = await json("tokens", "create", "--comment", "from the CLI", "--lifetime-seconds", "600");
    const value = String(created["token_value"]);
    const { token_id: id } = created["token_info"] as { token_id: string }; // As defined by the API.
    const listed = await output("tokens", "list");
    expect(listed).toContain("from the CLI");
    expect(listed).not.toContain(value);
    expect((await databricks(["fs", "ls"], value)).code).toBe(0);
    await output("tokens", "revoke", "--token-id", id);
    expect((await databricks(["fs", "ls"], value)).stdout).toContain(
      "authentication information may be incorrect",
    );
    expect(await refusal("tokens", "revoke", "--token-id", id)).toContain("RESOURCE_DOES_NOT_EXIST");
  });

  const shell = (command: string, more: object = {}): string =>
    JSON.stringify({
      new_cluster: { spark_version: "6.6.x-gpu-ml-scala2.11", node_type_id: "p3.2xlarge", num_workers: 7 },
      shell_command_task: { command: ["bash", "-c", command] },
      ...more,
    });

  test("runs: submits a run and waits, lists and shows runs, and cancels one", async () => {
    await writeFile(join(folder, "run.json"), shell("echo done", { run_name: "hello" }));
    const { code, stdout } = await databricks(["runs", "submit", "--json-file", "run.json", "--wait"]);
    expect([code, stdout]).toEqual([0, stdout]);
    const { run_id: id } = JSON.parse(stdout) as { run_id: number }; // As defined by the API.
    expect(await output("runs", "list")).toMatch(new RegExp(`^${id} +hello +TERMINATED +SUCCESS +http`));
    expect(await json("runs", "get", "--run-id", `${id}`)).toMatchObject({
      state: { result_state: "SUCCESS" },
    });
    expect(await json("runs", "get-output", "--run-id", `${id}`)).toMatchObject({ logs: "done\n" });
    const { run_id: long } = await json("runs", "submit", "--json", shell("sleep 60"));
    await output("runs", "cancel", "--run-id", String(long));
    await expect
      .poll(() => json("runs", "get", "--run-id", String(long)), { timeout: 20_000 })
      .toMatchObject({ state: { result_state: "CANCELED" } });
    expect(await refusal("runs", "get", "--run-id", "999999")).toContain("Run 999999 does not exist.");
  });

  test.each(["2.0", "2.1"])("jobs: creates, runs, changes and deletes a job with API %s", async (version) => {
    const at = ["--version", version];
    const name = `nightly-${version}`;
    const { job_id: jobId } = await json("jobs", "create", "--json", shell("true", { name }), ...at);
    const ofJob = ["--job-id", String(jobId), ...at];
    expect(await output("jobs", "list", ...at)).toMatch(new RegExp(`^${String(jobId)} +${name}$`, "m"));
    expect(await json("jobs", "get", ...ofJob)).toMatchObject({ settings: { name } });
    expect(await json("jobs", "run-now", ...ofJob)).toMatchObject({ run_id: expect.any(Number) });
    await output("jobs", "reset", ...ofJob, "--json", shell("true", { name: "renamed" }));
    expect(await json("jobs", "list", "--output", "JSON", ...at)).toMatchObject({
      jobs: expect.arrayContaining([expect.objectContaining({ job_id: jobId })]),
    });
    await output("jobs", "delete", ...ofJob);
    expect(await refusal("jobs", "get", ...ofJob)).toContain(`Job ${String(jobId)} does not exist.`);
  });

  test("clusters: creates, finds, terminates, starts, changes and deletes a cluster", async () => {
    const definition = { cluster_name: "lab", spark_version: "6.6.x-gpu-ml-scala2.11", num_workers: 2 };
    const { cluster_id: id } = await json("clusters", "create", "--json", JSON.stringify(definition));
    const ofCluster = ["--cluster-id", String(id)];
    expect(await output("clusters", "list")).toMatch(new RegExp(`^${String(id)} +lab +RUNNING$`, "m"));
    expect(await json("clusters", "get", "--cluster-name", "lab")).toMatchObject({ cluster_id: id });
    await output("clusters", "delete", ...ofCluster);
    expect(await json("clusters", "get", ...ofCluster)).toMatchObject({ state: "TERMINATED" });
    await output("clusters", "start", ...ofCluster);
    await output("clusters", "restart", ...ofCluster);
    await output(
      "clusters",
      "edit",
      "--json",
      JSON.stringify({ ...definition, cluster_id: id, num_workers: 3 }),
    );
    expect(await output("clusters", "events", ...ofCluster)).toMatch(/CREATING/);
    expect(await json("clusters", "spark-versions")).toMatchObject({ versions: expect.any(Array) });
    expect(await json("clusters", "list-node-types")).toMatchObject({ node_types: expect.any(Array) });
    expect(await json("clusters", "list-zones")).toMatchObject({ zones: expect.any(Array) });
    await output("clusters", "permanent-delete", ...ofCluster);
    expect(await refusal("clusters", "get", ...ofCluster)).toContain("does not exist");
    expect(await refusal("clusters", "create", "--json", "{spark_version")).toContain("JSONDecodeError");
  });

  test.each([
    ["a token of another workspace", "dapi-0123456789abcdef"],
    ["a text that is not a token", "x"],
  ])("rejects %s with the client's own message", async (_, login) => {
    const { code, stdout } = await databricks(["fs", "ls"], login);
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("authentication information may be incorrect"),
    ]);
  });
});
