import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flightdeck } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* Mistyped commands must print one line, without a stack trace, that says what is wrong and what is allowed. */

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  await folder.write("file", "x");
});
afterAll(() => folder.remove());

/**
 * The arguments, the exit code (2 for wrong usage, 1 for any other error) and the message. FOLDER is the working
 * folder.
 */
const WRONG: readonly (readonly [line: string, code: 1 | 2, says: string])[] = [
  ["srever", 2, "unknown command 'srever' (Did you mean server?)"],
  ["server --prot 5000", 2, "unknown option '--prot' (Did you mean --port?)"],
  [
    "server -p five",
    2,
    "option '-p, --port <INTEGER>' argument 'five' is invalid. It must be a whole number from 0 to 65535.",
  ],
  [
    "server -p 70000",
    2,
    "option '-p, --port <INTEGER>' argument '70000' is invalid. It must be a whole number from 0 to 65535.",
  ],
  [
    "server --auth password",
    2,
    "option '--auth <KIND>' argument 'password' is invalid. Allowed choices are none, token.",
  ],
  [
    "server --log-format xml",
    2,
    "option '--log-format <FORMAT>' argument 'xml' is invalid. Allowed choices are json, pretty, auto.",
  ],
  [
    "server --log-level loud",
    2,
    "option '--log-level <LEVEL>' argument 'loud' is invalid. Allowed choices are debug, info, warn, error, silent.",
  ],
  [
    "server --jobs-max-parallel -1",
    2,
    "option '--jobs-max-parallel <INTEGER>' argument '-1' is invalid. It must be a whole number, 0 or more.",
  ],
  [
    "server --slow-call-ms soon",
    2,
    "option '--slow-call-ms <INTEGER>' argument 'soon' is invalid. It must be a whole number, 0 or more.",
  ],
  [
    "server --backend-store-uri mysql://h/d",
    1,
    "the backend store URI must be sqlite:///relative.db or sqlite:////absolute.db or postgresql://user:password@host:port/database, got 'mysql://h/d'",
  ],
  [
    "server --backend-store-uri sqlite:///",
    1,
    "the backend store URI must be sqlite:///relative.db or sqlite:////absolute.db or postgresql://user:password@host:port/database, got 'sqlite:///'",
  ],
  [
    "server --artifacts-destination s3://bucket/x",
    1,
    "artifacts with the scheme 's3:' are not supported yet, got 's3://bucket/x'; use file:, mlflow-artifacts:, dbfs: or http(s):",
  ],
  [
    "server --host 0.0.0.0",
    1,
    "host '0.0.0.0' can be reached by others, and everybody may change everything; ask for tokens with --auth token, say --auth none to allow it, or use --host 127.0.0.1",
  ],
  [
    "server --host no.such.host.invalid",
    1,
    "host 'no.such.host.invalid' can be reached by others, and everybody may change everything; ask for tokens with --auth token, say --auth none to allow it, or use --host 127.0.0.1",
  ],
  [
    "server --trusted-proxies nonsense",
    1,
    "trusted proxies must be addresses or networks such as 10.0.0.0/8, got 'nonsense'",
  ],
  ["server --data-dir file", 1, "the data folder FOLDER/file cannot be used: it is not a folder"],
  ["server extra", 2, "too many arguments for 'server'. Expected 0 arguments but got 1: extra."],
  ["run", 2, "missing required argument 'URI'"],
  ["run absent", 1, "project FOLDER/absent does not exist"],
  [
    "run . -P novalue",
    2,
    "option '-P, --param-list <NAME=VALUE>' argument 'novalue' is invalid. It must have the form NAME=VALUE.",
  ],
  [
    "run . -P a=1 -P a=2",
    2,
    "option '-P, --param-list <NAME=VALUE>' argument 'a=2' is invalid. a is given twice.",
  ],
  ["run . -b kubernetes", 1, "backend kubernetes is not supported yet; use one of: local, databricks"],
  ["run file", 1, "project FOLDER/file is not a folder"],
  ["models serve", 2, "required option '-m, --model-uri <URI>' not specified"],
  ["models serve -m models:/absent/1", 1, "Model Version (name=absent, version=1) not found"],
  [
    "models predict -m file -i absent.csv",
    1,
    "FOLDER/file is no model folder: it has no readable MLmodel file",
  ],
  ["models prepare-env", 2, "required option '-m, --model-uri <URI>' not specified"],
  ["models update-pip-requirements -m . add --upgrade", 2, "unknown option '--upgrade'"],
  [
    "models update-pip-requirements -m . replace a",
    2,
    "command-argument value 'replace' is invalid for argument 'OPERATION'. Allowed choices are add, remove.",
  ],
  ["models update-pip-requirements -m . add a", 1, "No such artifact: 'conda.yaml'"],
  ["experiments create", 2, "required option '-n, --experiment-name <TEXT>' not specified"],
  ["experiments get -x 99", 1, "No Experiment with id=99 exists"],
  ["experiments get", 1, "specify exactly one of --experiment-id and --experiment-name"],
  ["experiments rename -x 0", 2, "required option '--new-name <TEXT>' not specified"],
  ["experiments delete -x 77", 1, "No Experiment with id=77 exists"],
  ["runs describe --run-id nope", 1, "Run with id=nope not found"],
  ["runs list", 2, "required option '--experiment-id <TEXT>' not specified"],
  ["runs delete", 2, "required option '--run-id <TEXT>' not specified"],
  ["artifacts list", 2, "required option '-r, --run-id <TEXT>' not specified"],
  [
    "artifacts download -r 00000000000000000000000000000000",
    1,
    "Run with id=00000000000000000000000000000000 not found",
  ],
  [
    "artifacts log-artifact --local-file absent --run-id 00000000000000000000000000000000",
    1,
    "--local-file must be a file, got absent",
  ],
  ["registered-models get -n absent", 1, "Registered Model with name=absent not found"],
  ["registered-models versions", 2, "required option '-n, --name <TEXT>' not specified"],
  [
    "tokens create --role king",
    2,
    "option '--role <ROLE>' argument 'king' is invalid. Allowed choices are admin, user.",
  ],
  [
    "tokens create --lifetime-days 0",
    2,
    "option '--lifetime-days <INTEGER>' argument '0' is invalid. It must be a whole number, 1 or more.",
  ],
  ["tokens revoke", 2, "missing required argument 'ID'"],
  [
    "tokens list --data-dir nowhere",
    1,
    "there is no workspace in FOLDER/nowhere; name it with --data-dir or --backend-store-uri",
  ],
  ["databricks fs cp", 2, "missing required argument 'SRC'"],
  [
    "databricks fs ls dbfs:/x",
    1,
    "no host is configured for databricks: set DATABRICKS_HOST and DATABRICKS_TOKEN, or name a profile of ~/.databrickscfg as databricks://PROFILE",
  ],
  [
    "databricks jobs get --job-id x",
    2,
    "option '--job-id <ID>' argument 'x' is invalid. It must be a whole number, 1 or more.",
  ],
  [
    "databricks configure --host ftp://x",
    1,
    'the host must be an address such as https://example.cloud.databricks.com or http://127.0.0.1:5000, got "ftp://x"',
  ],
  ["import", 2, "missing required argument 'SOURCE'"],
  ["import absent", 1, "there is no file or folder absent"],
  [
    "import ftp://x",
    1,
    'the source must be sqlite:///PATH, postgresql://…, http(s)://…, or the path of a folder such as mlruns or of a database file; got "ftp://x"',
  ],
  [
    "gc --older-than soon",
    2,
    "option '--older-than <AGE>' argument 'soon' is invalid. It must be a time such as 8h, 2d8h5m20s or 1.5d.",
  ],
  [
    "gc --data-dir nowhere",
    1,
    "there is no workspace in FOLDER/nowhere; name it with --data-dir or --backend-store-uri",
  ],
  [
    "env create -f absent.yaml",
    1,
    "environment file absent.yaml cannot be read: ENOENT: no such file or directory, stat 'FOLDER/absent.yaml'",
  ],
  ["env remove", 1, "name the environments to remove, or pass --all"],
  [
    "spark start --workers none",
    2,
    "option '--workers <INTEGER>' argument 'none' is invalid. It must be a whole number, 1 or more.",
  ],
  ["backup", 2, "missing required argument 'FILE'"],
  ["restore absent.tar --data-dir new", 1, "absent.tar: no such file or directory"],
  [
    "doctor --port x",
    2,
    "option '-p, --port <INTEGER>' argument 'x' is invalid. It must be a whole number from 0 to 65535.",
  ],
  [
    "--env-file absent server",
    2,
    "option '--env-file <FILE>' argument 'absent' is invalid. absent: no such file or directory.",
  ],
  ["--verison", 2, "unknown option '--verison' (Did you mean --version?)"],
];

test("more than forty wrong command lines are tested", () => expect(WRONG.length).toBeGreaterThan(40));

describe.concurrent("a wrong command line", () => {
  test.each(WRONG)("%s", async (line, code, says) => {
    const cwd = join(folder.path, encodeURIComponent(line).slice(0, 100)); // The commands run in parallel.
    await mkdir(cwd);
    const words = line.split(" ").map((word) => (word === "file" ? join(folder.path, "file") : word));
    const result = await flightdeck(words, { cwd, env: { HOME: cwd } });
    const told = result.stderr.replaceAll(cwd, "FOLDER").replaceAll(folder.path, "FOLDER");
    expect(told).toBe(`flightdeck: ${says}\n`);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe("");
  });
});

test.each(["models", "runs", "databricks jobs", ""])(
  "'%s' without a command shows the help, as an error",
  async (line) => {
    const words = line.split(" ").filter((word) => word !== "");
    const { code, stdout, stderr } = await flightdeck(words, { cwd: folder.path });
    expect(stderr).toMatch(/^Usage: flightdeck /);
    expect(stderr).not.toMatch(/^ +at /m);
    expect([code, stdout]).toEqual([2, ""]);
  },
);
