import { openStore } from "@flightdeck/store";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JobClient, shellRun } from "../testing/job-client.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
let admin: JobClient;
let user: JobClient;
beforeAll(async () => {
  server = await startTestServer({ auth: "token" });
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

test("a task has a token of whoever submitted it, for as long as it runs", async () => {
  const command = [process.execPath, "--input-type=module", "-e", ASK_WHO];
  const runId = await admin.submit(shellRun("", { command }));
  expect((await admin.ended(runId)).state.result_state).toBe("SUCCESS");
  const { logs } = await admin.get("jobs/runs/get-output", { run_id: runId });
  const [name, token] = String(logs).trim().split(" ");
  expect([name, token]).toEqual(["ann", expect.stringMatching(/^fdpat-/)]);
  const later = new JobClient(server.url, token).get("preview/scim/v2/Me", {});
  await expect(later).rejects.toThrow("UNAUTHENTICATED: Invalid access token: it was revoked.");
});

test("who is no admin neither submits nor reads jobs", async () => {
  const calls = [
    user.submit(shellRun("id")),
    user.get("jobs/runs/list", {}),
    user.post("jobs/create", shellRun("id")),
    user.get("flightdeck/jobs/runs/read-log", { run_id: 1 }),
    user.post("clusters/create", { spark_version: "x" }),
  ];
  await Promise.all(calls.map((call) => expect(call).rejects.toThrow(/PERMISSION_DENIED/)));
});
