import { afterEach, expect, test } from "vitest";
import type { ServerOptions } from "../server-options.ts";
import { JobClient, shellRun } from "../testing/job-client.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { mayRunJobs } from "./job-policy.ts";

let server: TestServer;
afterEach(() => server.close());

/** They are only queued: whether they are taken is the question. */
async function clientOf(options: Partial<ServerOptions>): Promise<JobClient> {
  const { jobs, ...rest } = options;
  server = await startTestServer({ ...rest, jobs: { ...jobs, maxParallel: 0 } });
  return new JobClient(server.url);
}

test("on a host that others reach, without a login, nobody runs commands", async () => {
  const client = await clientOf({ host: "0.0.0.0", auth: "none" });
  const job = shellRun("id");
  const refused = /^PERMISSION_DENIED: jobs are refused here.*--auth token.*--allow-jobs$/;
  await expect(client.submit(job)).rejects.toThrow(refused);
  await expect(client.post("jobs/create", job)).rejects.toThrow(refused);
  expect(await client.get("jobs/runs/list", {})).toMatchObject({ runs: [] });
});

test("whoever operates it may allow it all the same", async () => {
  const client = await clientOf({ host: "0.0.0.0", auth: "none", jobs: { allow: true } });
  expect(await client.submit(shellRun("id"))).toBeGreaterThan(0);
  expect(mayRunJobs({ host: "0.0.0.0", auth: "token" })).toBe(true);
  expect(mayRunJobs({ host: "127.0.0.1" })).toBe(true);
  expect(mayRunJobs({ host: "192.168.1.5" })).toBe(false);
});
