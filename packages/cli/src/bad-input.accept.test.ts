import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flightdeck } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

const MLPROJECT = `
name: airline
entry_points:
  hyperopt:
    parameters:
      fpath: string
      max_evals: {type: int, default: 20}
      share: float
    command: "node train.ts {fpath} {max_evals} {share}"
  quick: {command: "true"}
`;

let folder: TemporaryFolder;
let busy: Server;
let busyPort: number;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  await folder.write("MLproject", MLPROJECT);
  busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  busyPort = (busy.address() as { port: number }).port; // The address of a TCP server is an object.
});
afterAll(async () => {
  busy.close();
  await folder.remove();
});

/** Exit code 2 for wrong usage and 1 for any other error; always one line and no stack trace. */
async function refused(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await flightdeck(args, { cwd: folder.path, env });
  expect(code, stderr).toBeGreaterThan(0);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^flightdeck: [^\n]+\n$/);
  expect(stderr).not.toMatch(/\n? +at |node:internal/);
  return `${code}: ${stderr.slice("flightdeck: ".length, -1)}`;
}

test("an unknown entry point suggests the nearest name", async () => {
  expect(await refused(["run", ".", "-e", "hyperop"])).toBe(
    `1: entry point "hyperop" is not in ${folder.path}/MLproject; did you mean "hyperopt"?`,
  );
});

test("missing and mistyped parameters are all listed in one error, with the usage", async () => {
  expect(await refused(["run", ".", "-e", "hyperopt", "-P", "max_evals=many"])).toBe(
    '1: entry point "hyperopt": parameter fpath (string) is missing; parameter max_evals must be an int, got "many"; ' +
      "parameter share (float) is missing. Usage: -e hyperopt -P fpath=<string> [-P max_evals=<int, default 20>] -P share=<float>",
  );
});

test("a parameter without a value, or given twice", async () => {
  expect(await refused(["run", ".", "-P", "fpath"])).toContain("must have the form NAME=VALUE");
  expect(await refused(["run", ".", "-P", "a=1", "-P", "a=2"])).toMatch(/^2: .*a is given twice/);
});

test("a folder that does not exist or is not a project", async () => {
  expect(await refused(["run", "absent"])).toBe(`1: project ${folder.path}/absent does not exist`);
  const empty = await TemporaryFolder.create();
  expect(await refused(["run", empty.path])).toContain(`${empty.path} has no MLproject file`);
  await empty.remove();
});

test("a git repository that cannot be reached, a version or subdirectory that does not exist", async () => {
  const unreachable = "http://127.0.0.1:1/me/repo.git";
  const { stderr } = await flightdeck(["run", unreachable], { cwd: folder.path });
  expect(stderr).toMatch(
    /^flightdeck: fetching .*\nflightdeck: git repository .*repo\.git cannot be read: [^\n]+\n$/,
  );
  expect(await refused(["run", ".", "-v", "v1"])).toContain(
    `needs a git repository, but ${folder.path} is not in one`,
  );
  expect(await refused(["run", ".#absent"])).toContain('no subdirectory "absent"');
});

test("a broken MLproject file, with the line", async () => {
  const broken = await TemporaryFolder.create();
  await broken.write("MLproject", "name: x\nentry_points:\n  main:\n    command: 'a\n");
  expect(await refused(["run", broken.path])).toMatch(/^1: .*MLproject, line \d: /);
  await broken.remove();
});

test("unsupported backends and Docker options, and databricks without a host, say what is missing", async () => {
  expect(await refused(["run", ".", "-b", "kubernetes"])).toContain(
    "backend kubernetes is not supported yet",
  );
  expect(await refused(["run", ".", "-A", "gpus=all"])).toMatch(/^2: .*Docker projects cannot be run yet/);
  expect(
    await refused(["runs", "list", "--experiment-id", "0"], {
      MLFLOW_TRACKING_URI: "databricks",
      DATABRICKS_CONFIG_FILE: "absent",
    }),
  ).toContain("no host is configured for databricks");
});

test("an environment that cannot be built", async () => {
  const asking = await TemporaryFolder.create();
  await asking.write("env.yaml", "dependencies:\n  - python=3.11\n  - nosuch=1.0\n");
  await asking.write("MLproject", "conda_env: env.yaml\nentry_points: {main: {command: python -V}}");
  const noConda = ["run", asking.path, "--env-manager", "uv"];
  expect(await refused(noConda)).toContain("nosuch=1.0 (no known equivalent on PyPI)");
  await asking.write("MLproject", "docker_env: {image: x}\nentry_points: {main: {command: python -V}}");
  expect(await refused(["run", asking.path])).toContain("docker_env (image x)");
  await asking.write("MLproject", "node_env: absent.json\nentry_points: {main: {command: node -v}}");
  expect(await refused(["run", asking.path])).toContain("absent.json, which is not in the project");
  await asking.remove();
});

test("a port in use", async () => {
  expect(await refused(["server", "-p", String(busyPort)])).toMatch(new RegExp(`^1: .*${busyPort}`));
  expect(await refused(["server", "-p", "70000"])).toMatch(/^2: .*whole number from 0 to 65535/);
});

test("a host that others can reach needs --auth", async () => {
  expect(await refused(["server", "--host", "0.0.0.0", "-p", "0"])).toContain("--auth none");
});

test("a filter with a typo", async () => {
  const list = ["runs", "list", "--experiment-id", "0", "--filter", "metrics.accuracy >> 0.7"];
  expect(await refused(list)).toMatch(/^1: /);
  expect(await refused(["experiments", "search", "--filter", "nmae = 'x'"])).toMatch(/^1: /);
});

test("an experiment or run that does not exist", async () => {
  expect(await refused(["runs", "list", "--experiment-id", "4711"])).toContain("4711");
  expect(await refused(["experiments", "get", "-n", "absent"])).toContain("absent");
  expect(await refused(["experiments", "delete", "-x", "4711"])).toContain("4711");
  expect(await refused(["runs", "describe", "--run-id", "f".repeat(32)])).toContain("f".repeat(32));
  expect(await refused(["artifacts", "list", "-r", "f".repeat(32)])).toContain("f".repeat(32));
});

test("a tracking server that does not answer, and an invalid tracking URI", async () => {
  const closed = { MLFLOW_TRACKING_URI: "http://127.0.0.1:1" };
  expect(await refused(["experiments", "search"], closed)).toContain("could not be reached");
  const nobody = createServer().listen(0, "127.0.0.1");
  await once(nobody, "listening");
  const { port } = nobody.address() as { port: number }; // As above.
  await once(nobody.close(), "close");
  const env = { MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}` };
  const { code, stderr } = await flightdeck(["run", ".", "-e", "quick"], { cwd: folder.path, env });
  expect([code, stderr.split("\n")]).toEqual([
    1,
    [
      expect.stringMatching(/^flightdeck: .*could not be reached: connect ECONNREFUSED .*; trying again$/),
      expect.stringMatching(/^flightdeck: .*could not be reached: connect ECONNREFUSED [\d.:]+$/),
      "",
    ],
  ]);
  expect(await refused(["experiments", "search"], { MLFLOW_TRACKING_URI: "ftp://x" })).toContain(
    "tracking URI must be",
  );
});

test("a model that does not exist, and a folder that is not a model", async () => {
  expect(await refused(["models", "serve", "-m", "absent", "-p", "0"])).toContain("absent");
  expect(await refused(["models", "predict", "-m", "models:/absent/1"])).toContain("absent");
  expect(await refused(["models", "serve", "-m", folder.path, "-p", "0"])).toContain("MLmodel");
});

test("unknown commands and options, and missing arguments", async () => {
  expect(await refused(["rnu"])).toMatch(/^2: unknown command 'rnu'/);
  expect(await refused(["run"])).toBe("2: missing required argument 'URI'");
  expect(await refused(["experiments", "create"])).toContain(
    "required option '-n, --experiment-name <TEXT>'",
  );
  expect(await refused(["server", "--prot", "1"])).toContain("unknown option '--prot'");
});
