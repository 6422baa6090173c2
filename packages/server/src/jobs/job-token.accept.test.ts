import { openStore } from "@flightdeck/store";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JobClient, shellRun } from "../testing/job-client.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
let admin: JobClient;
let user: JobClient;
beforeAll(async () => {
  server = await startTestServer({ auth: "token", jobs: { maxParallel: 1 } });
  const backendStoreUri = `sqlite:///${join(server.dataDir, "flightdeck.db")}`;
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
  const clientOf = async (name: string, role: "admin" | "user"): Promise<JobClient> => {
    await store.workspace.ensurePrincipal(name, role);
    const { value } = await store.workspace.createToken({ principalName: name });
    return new JobClient(server.url, value);
  };
  [admin, user] = [await clientOf("ann", "admin"), await clientOf("bob", "user")];
  await store.close();
});
afterAll(() => server.close());

const ASK_WHO = `const { DATABRICKS_HOST, DATABRICKS_TOKEN } = process.env;
  const answer = await fetch(DATABRICKS_HOST + "/api/2.0/preview/scim/v2/Me", {
    headers: { authorization: "Bearer " + DATABRICKS_TOKEN } });
  console.log((await answer.json()).userName + " " + DATABRICKS_TOKEN);`;

test("a task has a token of the user who submitted it, as long as it runs", async () => {
  const command = [process.execPath, "--input-type=module", "-e", ASK_WHO];
  const runId = await admin.submit(shellRun("", { command }));
  expect((await admin.ended(runId)).state.result_state).toBe("SUCCESS");
  const { logs } = await admin.get("jobs/runs/get-output", { run_id: runId });
  const [name, token] = String(logs).trim().split(" ");
  expect([name, token]).toEqual(["ann", expect.stringMatching(/^fdpat-/)]);
  const later = new JobClient(server.url, token).get("preview/scim/v2/Me", {});
  await expect(later).rejects.toThrow("UNAUTHENTICATED: Invalid access token: it was revoked.");
});

test("revoking the token that submitted a run revokes its task's token; a run without a valid token fails", async () => {
  const submitting = await admin.post("token/create", { lifetime_seconds: 600 });
  const client = new JobClient(server.url, submitting.token_value);
  const go = join(server.dataDir, "go");
  const script = `echo $DATABRICKS_TOKEN; while [ ! -e '${go}' ]; do sleep 0.05; done`;
  const running = await client.submit(shellRun(script));
  const queued = await client.submit(shellRun("true"));
  const { text } = await admin.untilLog(running, 0);
  const task = new JobClient(server.url, String(text).trim());
  expect((await task.get("preview/scim/v2/Me", {})).userName).toBe("ann");
  const nested = await task.post("token/create", {});
  expect(nested.token_info.expiry_time).toBeLessThanOrEqual(submitting.token_info.expiry_time);
  await admin.post("token/delete", { token_id: submitting.token_info.token_id });
  const revoked = "UNAUTHENTICATED: Invalid access token: it was revoked.";
  for (const late of [task, new JobClient(server.url, nested.token_value)]) {
    await expect(late.get("preview/scim/v2/Me", {})).rejects.toThrow(revoked);
  }
  await writeFile(go, "");
  expect((await admin.ended(running)).state.result_state).toBe("SUCCESS");
  const { state } = await admin.ended(queued);
  expect([state.result_state, state.state_message]).toEqual([
    "FAILED",
    expect.stringContaining("The token that submitted the run is no longer valid"),
  ]);
});

test("a user who is not an admin can neither submit nor read jobs", async () => {
  const calls = [
    user.submit(shellRun("id")),
    user.get("jobs/runs/list", {}),
    user.post("jobs/create", shellRun("id")),
    user.get("flightdeck/jobs/runs/read-log", { run_id: 1 }),
    user.post("clusters/create", { spark_version: "x" }),
  ];
  await Promise.all(calls.map((call) => expect(call).rejects.toThrow(/PERMISSION_DENIED/)));
});
