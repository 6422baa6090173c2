import { startTestServer, valueOf } from "@flightdeck/testkit";
import { describe, expect, test } from "vitest";
import { createToken } from "./create-token.ts";
import { clientPython } from "./parity/clients.ts";
import { asWorkspace, runPython } from "./run-python.ts";

/* The release of databricks-sdk that the newest MLflow installs. */

const python = await clientPython("3.17.2");

describe.skipIf(python.missing)(`databricks-sdk${python.missing ? ` (${python.reason})` : ""}`, () => {
  test("supports the everyday calls", async () => {
    const server = await startTestServer();
    try {
      const saw = await runPython({
        ...asWorkspace(server, valueOf(python)),
        file: "databricks_sdk.py",
        args: [],
      });
      expect(saw).toEqual({
        dbfs_read: "abc",
        dbfs_big: true,
        dbfs_list: ["/FileStore/t/b.txt", "/FileStore/t/big.bin"],
        dbfs_copied: ["/FileStore/copied/local.txt"],
        dbfs_absent: true,
        files_exists: true,
        files_bytes: 5,
        files_read: "hello",
        files_big: true,
        files_list: [
          ["big.bin", 3_333_333],
          ["x.txt", 5],
        ],
        files_absent: true,
        location: true,
        workspace_list: ["/Users/me@example.com/airline", "/Users/me@example.com/empty"],
        workspace_status: true,
        experiments: ["/Users/me@example.com/airline", "Default"],
        workspace_absent: true,
        model: "airline",
        stage: "Staging",
      });
    } finally {
      await server.close();
    }
  });

  test("runs jobs on clusters, and gets clear errors", async () => {
    const server = await startTestServer({ auth: "token" });
    try {
      const token = await createToken(server, "owner@example.com");
      const script = {
        ...asWorkspace(server, valueOf(python), token),
        file: "databricks_sdk_jobs.py",
        args: [],
      };
      expect(await runPython(script)).toEqual({
        submitted: ["once", "SUCCESS", 1],
        output: "hello a b c\n",
        job: ["of the job"],
        jobs: ["nightly"],
        run: "hello of the run\n",
        cancelled: "CANCELED",
        runs: ["CANCELED", "SUCCESS"],
        no_job: expect.stringMatching(
          /^ResourceDoesNotExist INVALID_PARAMETER_VALUE: Job \d+ does not exist\.$/,
        ),
        no_run: "ResourceDoesNotExist INVALID_PARAMETER_VALUE: Run 999999 does not exist.",
        notebook: expect.stringMatching(/^InvalidParameterValue .* 'notebook_task' are not supported here/),
        cluster: ["RUNNING", "lab", 2],
        clusters: true,
        terminated: "TERMINATED",
        started: 3,
        events: ["CREATING", "EDITED", "RUNNING", "STARTING", "TERMINATING"],
        no_cluster: expect.stringMatching(/^ResourceDoesNotExist .* Cluster \S+ does not exist$/),
        selected: [true, true, "local"],
        outside: [
          expect.stringMatching(/^InvalidParameterValue .* must not contain '\.\.'$/),
          expect.stringMatching(/^NotFound /), // The client itself removes the dots.
        ],
        expired: expect.stringMatching(
          /^Unauthenticated UNAUTHENTICATED: Invalid access token: it expired at /,
        ),
        me: "owner@example.com",
      });
    } finally {
      await server.close();
    }
  });
});
