import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServerProcess, startServerProcess } from "../testing/server-process.ts";

/* The server's log contains no credentials. */

let dataDir: string;
let server: ServerProcess;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "logs-"));
  server = await startServerProcess({ dataDir, auth: "token", logLevel: "debug" });
});
afterAll(() => rm(dataDir, { recursive: true }));

const SECRET = "c2lnbmF0dXJl";
const TOKEN = `fdpat-${"x".repeat(43)}`;

test("logs hold paths without queries and tokens", async () => {
  const targets = [
    `/api/2.0/signed/files/dbfs/x?expires=1&signature=${SECRET}`,
    `/nowhere?signature=${SECRET}`,
    `/api/%zz?signature=${SECRET}`,
    `/health?signature=${SECRET}`,
    `/api/2.0/mlflow/runs/get?run_id=${SECRET}`,
    `/preview/api/2.0/${TOKEN}/x`,
    `/dbfs/x?access_token=${SECRET}`,
  ];
  for (const target of targets) {
    const answer = await fetch(server.url + target);
    expect(await answer.text()).not.toContain(SECRET);
  }
  await server.kill("SIGTERM");
  expect(server.log()).toContain("/api/2.0/signed/files/dbfs/x");
  for (const secret of [SECRET, TOKEN]) expect(server.log()).not.toContain(secret);
  const audit = join(dataDir, "audit");
  for (const name of await readdir(audit)) {
    expect(await readFile(join(audit, name), "utf8")).not.toContain(SECRET);
  }
});
