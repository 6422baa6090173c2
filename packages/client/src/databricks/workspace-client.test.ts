import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answeringServer } from "../testing/answering-server.ts";
import { databricksOptions } from "./databricks-options.ts";
import { WorkspaceClient } from "./workspace-client.ts";

let server: TestServer;
let client: WorkspaceClient;
beforeAll(async () => {
  server = await startTestServer();
  client = new WorkspaceClient(
    databricksOptions("databricks", { DATABRICKS_HOST: server.url, DATABRICKS_TOKEN: "any" }),
  );
});
afterAll(() => server.close());

describe("dbfs", () => {
  test("streams a file of several blocks up and down, and reports progress", async () => {
    const content = randomBytes(2_500_000);
    const told: number[] = [];
    const onProgress = ({ bytesDone }: { readonly bytesDone: number }): number => told.push(bytesDone);
    await client.dbfs.upload("dbfs:/t/big.bin", Readable.from([content]), { onProgress });
    const { stream, sizeBytes } = await client.dbfs.download("/t/big.bin", { onProgress });
    expect((await buffer(stream)).equals(content)).toBe(true);
    expect(sizeBytes).toBe(content.byteLength);
    expect(told).toEqual([1_000_000, 2_000_000, 2_500_000, 1_000_000, 2_000_000, 2_500_000]);
  });

  test("transfers an empty file; refuses to overwrite, and invalid paths", async () => {
    await client.dbfs.upload("/t/empty", new Uint8Array());
    expect(await text((await client.dbfs.download("/t/empty")).stream)).toBe("");
    const again = client.dbfs.upload("/t/empty", Buffer.from("x"));
    await expect(again).rejects.toMatchObject({ code: "RESOURCE_ALREADY_EXISTS" });
    await client.dbfs.upload("/t/empty", Buffer.from("x"), { overwrite: true });
    await expect(client.dbfs.download("/t")).rejects.toThrow("dbfs:/t is a directory");
    await expect(client.dbfs.list("t")).rejects.toThrow('must begin with dbfs:/ or /, got "t"');
    await expect(client.dbfs.getStatus("/../etc")).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
    expect(await client.dbfs.findStatus("/absent")).toBeUndefined();
  });

  test("creates, lists, moves and deletes folders", async () => {
    await client.dbfs.mkdirs("/a/b");
    await client.dbfs.move("/a", "/c");
    expect((await client.dbfs.list("/c")).map((file) => [file.path, file.is_dir])).toEqual([["/c/b", true]]);
    await expect(client.dbfs.delete("/c")).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
    await client.dbfs.delete("/c", { recursive: true });
    expect(await client.dbfs.findStatus("/c")).toBeUndefined();
  });

  test("throws when a file shrinks during a download", async () => {
    const { url } = await answeringServer(
      { status: 200, body: '{"path":"/x","is_dir":false,"file_size":5}' },
      { status: 200, body: '{"bytes_read":0,"data":""}' },
    );
    const { stream } = await new WorkspaceClient({ trackingUri: url }).dbfs.download("/x");
    await expect(text(stream)).rejects.toMatchObject({ code: "ABORTED" });
  });

  test("deletes a large folder in as many calls as the workspace needs", async () => {
    const part = {
      error_code: "PARTIAL_DELETE",
      message: "The operation has deleted 9 files; call it again.",
    };
    const answer = { status: 503, body: JSON.stringify(part) };
    const { url, seen } = await answeringServer(answer, answer, answer, { status: 200 });
    const retry = { attemptsMax: 2, delayBaseMs: 1 };
    await new WorkspaceClient({ trackingUri: url, retry }).dbfs.delete("/x", { recursive: true });
    expect(seen).toHaveLength(4);
  });

  test("a cancelled upload leaves no file", async () => {
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const upload = client.dbfs.upload("/t/stopped", randomBytes(2_500_000), {
      signal: stop.signal,
      onProgress,
    });
    await expect(upload).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await client.dbfs.findStatus("/t/stopped")).toBeUndefined();
  });
});

test("uploads, downloads, lists and deletes files of a volume", async () => {
  const path = "/Volumes/main/default/v/a b.txt";
  await client.files.createDirectory("/Volumes/main/default/v");
  await client.files.upload(path, Readable.from([Buffer.from("hello")]));
  await expect(client.files.upload(path, Buffer.from("x"))).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  expect(await client.files.getMetadata(path)).toMatchObject({ contentLength: 5 });
  expect(await text((await client.files.download(path)).stream)).toBe("hello");
  const entries = await Array.fromAsync(client.files.listDirectoryContents("/Volumes/main/default/v"));
  expect(entries).toMatchObject([{ path, name: "a b.txt", is_directory: false, file_size: 5 }]);
  await client.files.delete(path);
  await expect(client.files.getMetadata(path)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await client.files.deleteDirectory("/Volumes/main/default/v");
  await expect(client.files.getDirectoryMetadata("/Volumes/main/default/v")).rejects.toThrow("there is no");
  await expect(client.files.download("/Volumes/../x")).rejects.toThrow("have no . or ..");
});

test("returns the current user and the workspace's folders", async () => {
  expect((await client.currentUser.me()).userName).toBe("local");
  await client.workspace.mkdirs("/Users/me@example.com/a");
  expect((await client.workspace.list("/Users/me@example.com")).map(({ path }) => path)).toEqual([
    "/Users/me@example.com/a",
  ]);
  await client.workspace.delete("/Users", { recursive: true });
  await expect(client.workspace.getStatus("/Users/me@example.com")).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
  });
});

test("a server without authentication issues no tokens", async () => {
  await expect(client.tokens.create({})).rejects.toMatchObject({ code: "FEATURE_DISABLED" });
});

test("settings with a list of tasks use API 2.1, those with one task API 2.0", async () => {
  const { url, seen } = await answeringServer({ status: 200, body: '{"job_id":7,"run_id":8}' });
  const { jobs } = new WorkspaceClient({ trackingUri: url });
  const spark_python_task = { python_file: "dbfs:/a.py" };
  await jobs.create({ name: "one", spark_python_task });
  await jobs.create({ name: "list", tasks: [{ task_key: "a", spark_python_task }] });
  await jobs.submit({ run_name: "one", spark_python_task });
  expect(seen.map((request) => request.url)).toEqual([
    "/api/2.0/jobs/create",
    "/api/2.1/jobs/create",
    "/api/2.0/jobs/runs/submit",
  ]);
});

test("finding a cluster by a name that two clusters share is refused", async () => {
  const cluster = (id: string, name: string): object => ({ cluster_id: id, cluster_name: name });
  const clusters = [cluster("1", "a"), cluster("2", "b"), cluster("3", "b")];
  const { url } = await answeringServer({ status: 200, body: JSON.stringify({ clusters }) });
  const api = new WorkspaceClient({ trackingUri: url }).clusters;
  expect((await api.getByName("a")).cluster_id).toBe("1");
  await expect(api.getByName("b")).rejects.toThrow("use the id of one of them: 2, 3");
  await expect(api.getByName("c")).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
});

test("unknown fields survive reading a job's settings and sending them back", async () => {
  const settings = {
    name: "nightly",
    new_cluster: { spark_version: "s", of_tomorrow: { a: 1 } },
    health: { rules: [{ metric: "RUN_DURATION_SECONDS" }] },
  };
  const body = JSON.stringify({ job_id: 7, settings, run_as_user_name: "me", effective_budget: null });
  const { url } = await answeringServer({ status: 200, body });
  const job = await new WorkspaceClient({ trackingUri: url }).jobs.get(7);
  expect(job).toMatchObject({ job_id: 7, settings, run_as_user_name: "me" });
  expect(job).not.toHaveProperty("effective_budget");
});
