import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess, type FlightdeckResult } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* Tests tokens with the real command against a real server that requires them. */

let folder: TemporaryFolder;
let server: FlightdeckProcess;
let url: string;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  server = FlightdeckProcess.start(["server", "-p", "0", "--auth", "token"], { cwd: folder.path });
  url = await server.written(/listens on (http:\S+)/);
});
afterAll(async () => {
  server.child.kill();
  await server.end();
  await folder.remove();
});

function run(args: readonly string[], env: Record<string, string> = {}): Promise<FlightdeckResult> {
  return flightdeck(args, { cwd: folder.path, env });
}

test("token commands need a workspace, and create one only in a folder that is named", async () => {
  const elsewhere = await TemporaryFolder.create();
  const here = (...args: string[]): Promise<FlightdeckResult> => flightdeck(args, { cwd: elsewhere.path });
  const missing = `flightdeck: there is no workspace in ${elsewhere.path}/.flightdeck; name it with --data-dir or --backend-store-uri\n`;
  for (const command of [["create"], ["list"], ["revoke", "x"]]) {
    expect(await here("tokens", ...command)).toEqual({ code: 1, stdout: "", stderr: missing });
  }
  const made = await here("tokens", "create", "--data-dir", "new");
  expect([made.code, made.stderr]).toEqual([
    0,
    expect.stringContaining(`workspace in ${elsewhere.path}/new`),
  ]);
  await elsewhere.remove();
});

test("the first user becomes an admin and is told so; others are plain users unless created as admins", async () => {
  const first = await run(["tokens", "create", "--user", "owner"]);
  expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(/owner is the first user.*admin/)]);
  const roles = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await run(["tokens", "create", ...args]);
    expect(stderr).toBe("");
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    const me = await fetch(`${url}/api/2.0/preview/scim/v2/Me`, { headers });
    const { groups } = (await me.json()) as { groups: { display: string }[] }; // Databricks' response format.
    return groups.map(({ display }) => display).join(" ");
  };
  expect(await roles("--user", "owner")).toBe("admins users");
  expect(await roles("--user", "second")).toBe("users");
  expect(await roles("--user", "third", "--role", "admin")).toBe("admins users");
});

test("the server prints a command that creates a token for it, from any folder", async () => {
  const hint = await server.written(/to create a token: (flightdeck tokens create .*)\n/);
  const { stdout } = await flightdeck(hint.split(" ").slice(1), { cwd: tmpdir() });
  const found = await run(["experiments", "search"], {
    MLFLOW_TRACKING_URI: url,
    MLFLOW_TRACKING_TOKEN: stdout.trim(),
  });
  expect([found.code, found.stderr]).toEqual([0, ""]); // A user without admin rights can log in.
});

test("only the token is printed, and it works until it is revoked", async () => {
  const tracking = { MLFLOW_TRACKING_URI: url };
  const refused = await run(["experiments", "search"], tracking);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining("this workspace needs a token"),
  ]);
  const { stdout } = await run([
    "tokens",
    "create",
    "--user",
    "ana",
    "--role",
    "admin",
    "--comment",
    "laptop",
  ]);
  expect(stdout).toMatch(/^fdpat-[\w-]{43}\n$/);
  const token = stdout.trim();
  const found = await run(["experiments", "search"], { ...tracking, MLFLOW_TRACKING_TOKEN: token });
  expect(found.stdout).toContain("Default");
  const listed = await run(["tokens", "list", "--json"]);
  expect(listed.stdout).not.toContain(token);
  const all = JSON.parse(listed.stdout) as Record<string, string>[]; // The output format of --json.
  const { tokenId, principalName, comment } = all.at(-1) ?? {};
  expect([principalName, comment]).toEqual(["ana", "laptop"]);
  expect((await run(["tokens", "revoke", String(tokenId)])).code).toBe(0);
  const again = await run(["experiments", "search"], { ...tracking, MLFLOW_TRACKING_TOKEN: token });
  expect(again.stderr).toContain("Invalid access token: it was revoked.");
});

test("a profile of ~/.databrickscfg works as a tracking URI", async () => {
  const token = (
    await run(["tokens", "create", "--user", "bob@example.com", "--role", "user"])
  ).stdout.trim();
  await folder.write("cfg", `[lab]\nhost = ${url}\ntoken = ${token}\n`);
  const env = { DATABRICKS_CONFIG_FILE: join(folder.path, "cfg"), MLFLOW_TRACKING_URI: "databricks://lab" };
  const created = await run(["experiments", "create", "-n", "/Users/bob@example.com/x", "--json"], env);
  expect([created.stderr, created.code]).toEqual(["", 0]);
  const byEnvironment = { DATABRICKS_HOST: url, DATABRICKS_TOKEN: token, MLFLOW_TRACKING_URI: "databricks" };
  const found = await run(["experiments", "search"], byEnvironment);
  expect(found.stdout).toContain("/Users/bob@example.com/x");
  expect(found.stdout).not.toContain("Default"); // bob has no permission for it.
  const nobodys = await run(["experiments", "get", "--experiment-id", "0"], byEnvironment);
  expect(nobodys.stderr).toContain('bob@example.com needs CAN_READ on experiment "0"');
});

test("actions are written to an audit log that only the owner can read", async () => {
  const day = new Date().toISOString().slice(0, 10);
  const file = await stat(join(folder.path, ".flightdeck", "audit", `${day}.jsonl`));
  expect(file.mode & 0o777).toBe(0o600);
});
