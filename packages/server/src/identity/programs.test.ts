import { API_PREFIXES, type Endpoint, endpoints } from "@flightdeck/protocol";
import { openStore } from "@flightdeck/store";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JobClient, shellRun } from "../testing/job-client.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

/* Other users of this machine can reach an open server too. They must not start programs as the server's user. */

let server: TestServer;
let databaseFolder: string;
let backendStoreUri: string;
let admin: string;
let user: string;
beforeAll(async () => {
  databaseFolder = await mkdtemp(join(tmpdir(), "open-server-"));
  backendStoreUri = `sqlite:///${join(databaseFolder, "elsewhere.db")}`;
  server = await startTestServer({ backendStoreUri, jobs: { maxParallel: 0 } });
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
  const tokenOf = async (name: string, role: "admin" | "user"): Promise<string> => {
    await store.workspace.ensurePrincipal(name, role);
    return (await store.workspace.createToken({ principalName: name })).value;
  };
  [admin, user] = [await tokenOf("ann", "admin"), await tokenOf("bob", "user")];
  await store.close();
});
afterAll(async () => {
  await server.close();
  await rm(databaseFolder, { recursive: true });
});

const REFUSED = /^UNAUTHENTICATED: .*flightdeck tokens create.*--allow-jobs/;
const starting = Object.entries<Endpoint>(endpoints).filter(([, { startsPrograms }]) => startsPrograms);

test("calls that start programs or define them are declared", () => {
  expect(starting.map(([name]) => name).toSorted()).toEqual([
    "createCluster",
    "createJob",
    "editCluster",
    "resetJob",
    "runJobNow",
    "submitJobRun",
    "updateJob",
  ]);
});

const paths = starting.flatMap(([, { methods, versions, path }]) =>
  API_PREFIXES.flatMap((prefix) =>
    versions.map((version) => [methods[0], `${prefix}/${version}${path}`] as const),
  ),
);

type Answer = { readonly status: number; readonly says: string };

async function send(method: string, path: string, authorization?: string): Promise<Answer> {
  const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
  const answer = await fetch(server.url + path, { method, headers, body: "{}" });
  const { error_code: code, message } = (await answer.json()) as Record<string, string>; // The fields of an error.
  return { status: answer.status, says: `${code}: ${message}` };
}

test.each(paths)("%s %s needs a token", async (method, path) => {
  expect(await send(method, path)).toEqual({ status: 401, says: expect.stringMatching(REFUSED) });
});

test.each(["Bearer any", `Bearer fdpat-${"x".repeat(43)}`, "Basic dDp0", "x"])(
  "%s is not a valid token",
  async (authorization) => {
    const answer = await send("POST", "/api/2.0/jobs/runs/submit", authorization);
    expect(answer).toEqual({ status: 401, says: expect.stringMatching(REFUSED) });
  },
);

test("a token that may not run jobs is refused, and an admin's is accepted", async () => {
  await expect(new JobClient(server.url, user).submit(shellRun("id"))).rejects.toThrow(/^PERMISSION_DENIED/);
  const client = new JobClient(server.url, admin);
  const runId = await client.submit(shellRun("id"));
  expect((await client.get("jobs/runs/get", { run_id: runId })).creator_user_name).toBe("ann");
  expect(await new JobClient(server.url, "any").get("jobs/runs/list", {})).toMatchObject({ has_more: false });
});

test("everybody may run jobs if the operator allows it", async () => {
  const open = await startTestServer({ jobs: { maxParallel: 0, allow: true } });
  try {
    expect(await new JobClient(open.url).submit(shellRun("id"))).toBeGreaterThan(0);
    expect(await new JobClient(open.url, "any").submit(shellRun("id"))).toBeGreaterThan(0);
  } finally {
    await open.close();
  }
});

/** Another user of this machine, without a home and a group. */
const STRANGER = 65_534;

test.skipIf(process.getuid?.() !== 0)(
  "another user of this machine can neither submit jobs nor read files",
  async () => {
    await chmod(databaseFolder, 0o755); // A database elsewhere may be in a folder that others can read.
    for (const folder of [server.dataDir, dirname(server.dataDir)]) await chmod(folder, 0o755);
    const script = `
    import { readdirSync, readFileSync } from "node:fs";
    import { dirname, join } from "node:path";
    const [url, ...folders] = process.argv.slice(1);
    const body = JSON.stringify({ run_name: "x", shell_command_task: { command: ["id"] }, new_cluster: { spark_version: "x" } });
    const answer = await fetch(url + "/api/2.0/jobs/runs/submit", { method: "POST", body, headers: { "content-type": "application/json" } });
    const files = folders.flatMap((folder) => readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile()).map(({ name }) => join(folder, name)));
    const read = files.filter((file) => { try { readFileSync(file); return true; } catch { return false; } });
    console.log(JSON.stringify({ uid: process.getuid(), status: answer.status, files: files.length, read }));
  `;
    const args = ["--input-type=module", "-e", script, server.url, databaseFolder, server.dataDir];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      uid: STRANGER,
      gid: STRANGER,
      cwd: "/",
    });
    const seen = JSON.parse(stdout) as Record<string, unknown>; // Printed by the script above.
    expect(seen).toMatchObject({ uid: STRANGER, status: 401, read: [] });
    expect(seen["files"]).toBeGreaterThanOrEqual(4); // The database, its two logs, and the key.
  },
);
