import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
let nowMs = Date.now();
beforeAll(async () => {
  server = await startTestServer({ clock: { nowMs: () => nowMs } });
});
afterAll(() => server.close());

const FOLDER = "1/0123/artifacts";
type Upload = {
  readonly upload_id: string;
  readonly credentials: readonly { readonly url: string; readonly part_number: number }[];
};
type Part = { part_number: number; etag: string };

async function post(step: string, body: object, folder = FOLDER): Promise<{ status: number; json: Upload }> {
  const response = await fetch(`${server.url}/api/2.0/mlflow-artifacts/mpu/${step}/${folder}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Upload }; // The response of `create`.
}

async function begin(path: string, count: number): Promise<Upload> {
  const { status, json } = await post("create", { path, num_parts: count });
  expect([status, json.credentials.length]).toEqual([200, count]);
  return json;
}

async function send({ credentials }: Upload, index: number, content: string): Promise<Part> {
  const credential = credentials[index];
  const response = await fetch(credential?.url ?? "", { method: "PUT", body: content });
  expect(response.status).toBe(200);
  return { part_number: credential?.part_number ?? 0, etag: response.headers.get("etag") ?? "" };
}

async function stored(path: string): Promise<string | number> {
  const response = await fetch(`${server.url}/api/2.0/mlflow-artifacts/artifacts/${FOLDER}/${path}`);
  return response.ok ? await response.text() : response.status;
}

const openUploads = async (): Promise<number> => (await readdir(join(server.dataDir, "uploads"))).length;

describe("a multipart upload", () => {
  test("makes the artifact visible only when it is complete", async () => {
    const upload = await begin("/data/of/mine/big file.bin", 3);
    const parts = [await send(upload, 2, "ccc"), await send(upload, 0, "aaa"), await send(upload, 1, "bbb")];
    expect(await stored("big%20file.bin")).toBe(404);
    const body = { path: "/data/of/mine/big file.bin", upload_id: upload.upload_id, parts };
    expect((await post("complete", body)).status).toBe(200);
    expect(await stored("big%20file.bin")).toBe("aaabbbccc");
    expect(await openUploads()).toBe(0);
    expect((await post("complete", body)).status).toBe(404);
  });

  test("uses the last version of a part, and accepts Windows paths", async () => {
    const path = "C:\\me\\w.bin";
    const upload = await begin(path, 1);
    const first = await send(upload, 0, "first");
    const second = await send(upload, 0, "second");
    const complete = (part: Part): Promise<{ status: number }> =>
      post("complete", { path, upload_id: upload.upload_id, parts: [part] });
    expect((await complete(first)).status).toBe(400);
    expect(await stored("w.bin")).toBe(404);
    expect((await complete(second)).status).toBe(200);
    expect(await stored("w.bin")).toBe("second");
  });

  test("can be aborted", async () => {
    const upload = await begin("gone.bin", 2);
    await send(upload, 0, "x");
    const body = { path: "gone.bin", upload_id: upload.upload_id };
    expect((await post("abort", body)).status).toBe(200);
    expect(await openUploads()).toBe(0);
    expect((await fetch(upload.credentials[1]?.url ?? "", { method: "PUT", body: "y" })).status).toBe(404);
    expect(await stored("gone.bin")).toBe(404);
  });

  test("is deleted when it was abandoned, and its URLs stop working", async () => {
    const upload = await begin("forgotten.bin", 1);
    nowMs += 20 * 3_600_000;
    await send(upload, 0, "late, but in time");
    nowMs += 48 * 3_600_000;
    expect((await fetch(upload.credentials[0]?.url ?? "", { method: "PUT", body: "y" })).status).toBe(403);
    await post("abort", { path: "n", upload_id: (await begin("n", 1)).upload_id });
    expect(await openUploads()).toBe(0);
  });
});

describe("a multipart upload is refused for", () => {
  test.each<[string, object, string?]>([
    ["a path outside of the root", { path: "..", num_parts: 1 }],
    ["a folder outside of the root", { path: "x", num_parts: 1 }, "..%2F..%2Fx"],
    ["a control character", { path: "a\0b", num_parts: 1 }],
    ["a path without a file name", { path: "a/", num_parts: 1 }],
    ["no path", { num_parts: 1 }],
    ["no parts", { path: "x", num_parts: 0 }],
    ["too many parts", { path: "x", num_parts: 10_001 }],
  ])("%s", async (_what, body, folder) => {
    expect((await post("create", body, folder)).status).toBe(400);
  });

  test("the upload of another file, and missing, repeated or unknown parts", async () => {
    const upload = await begin("a.bin", 2);
    const part = await send(upload, 0, "x");
    const complete = async (fields: object): Promise<number> =>
      (await post("complete", { path: "a.bin", upload_id: upload.upload_id, parts: [part], ...fields }))
        .status;
    expect(await complete({ path: "b.bin" })).toBe(404);
    expect(await complete({ upload_id: "x" })).toBe(404);
    expect(await complete({ parts: [] })).toBe(400);
    expect(await complete({ parts: [part, part] })).toBe(400);
    expect(await complete({ parts: [part, { part_number: 2, etag: part.etag }] })).toBe(404);
    const url = upload.credentials[1]?.url ?? "";
    expect((await fetch(url.replace("/2?", "/1?"), { method: "PUT", body: "x" })).status).toBe(403);
    expect((await fetch(url.split("?")[0] ?? "", { method: "PUT", body: "x" })).status).toBe(403);
    expect(await complete({})).toBe(200);
    expect(await stored("a.bin")).toBe("x");
  });
});
