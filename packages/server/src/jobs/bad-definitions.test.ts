import { afterAll, beforeAll, expect, test } from "vitest";
import { shellRun } from "../testing/job-client.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ jobs: { maxParallel: 0, allow: true } });
});
afterAll(() => server.close());

const withCluster = (cluster: unknown): string => JSON.stringify({ ...shellRun("id"), new_cluster: cluster });

test.each([
  ["a file that is no JSON", '{"new_cluster": {', "MALFORMED_REQUEST", ""],
  ["a list", "[]", "BAD_REQUEST", "the request must be a JSON object"],
  [
    "a cluster that is a file's name",
    withCluster("cluster.json"),
    "INVALID_PARAMETER_VALUE",
    "'new_cluster'",
  ],
  ["a cluster that is a list", withCluster([]), "INVALID_PARAMETER_VALUE", "'new_cluster'"],
  ["a cluster that is a number", withCluster(8), "INVALID_PARAMETER_VALUE", "'new_cluster'"],
  [
    "workers that are no number",
    withCluster({ num_workers: "many" }),
    "INVALID_PARAMETER_VALUE",
    "'new_cluster.num_workers'",
  ],
  [
    "variables that are no texts",
    withCluster({ spark_env_vars: { A: {} } }),
    "INVALID_PARAMETER_VALUE",
    "'new_cluster.spark_env_vars.A'",
  ],
  [
    "a variable that no system can hold",
    withCluster({ spark_env_vars: { "A B": "x" } }),
    "INVALID_PARAMETER_VALUE",
    '"A B"',
  ],
  [
    "logs outside of DBFS",
    withCluster({ cluster_log_conf: { dbfs: { destination: "/tmp/logs" } } }),
    "INVALID_PARAMETER_VALUE",
    'cluster_log_conf.dbfs.destination must be in DBFS, as dbfs:/cluster-logs, got "/tmp/logs"',
  ],
  [
    "logs beside DBFS",
    withCluster({ cluster_log_conf: { dbfs: { destination: "dbfs:/../outside" } } }),
    "INVALID_PARAMETER_VALUE",
    "must not contain '..'",
  ],
  [
    "a Python file of this machine",
    JSON.stringify({ new_cluster: {}, spark_python_task: { python_file: "/etc/passwd" } }),
    "INVALID_PARAMETER_VALUE",
    `must be in DBFS, as dbfs:/folder/file, got "/etc/passwd"`,
  ],
  [
    "a library that is an option of pip's",
    JSON.stringify({ ...shellRun("id"), libraries: [{ pypi: { package: "-r /etc/passwd" } }] }),
    "INVALID_PARAMETER_VALUE",
    "-r /etc/passwd",
  ],
])("%s is refused, and says where it is wrong", async (_what, body, code, says) => {
  for (const version of ["2.0", "2.1", "2.2"]) {
    const url = `${server.url}/api/${version}/jobs/runs/submit`;
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(400);
    const error = (await answer.json()) as { error_code: string; message: string }; // The shape of all errors.
    expect(error.error_code).toBe(code);
    expect(error.message).toContain(says);
  }
});
