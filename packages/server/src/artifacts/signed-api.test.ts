import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PARTS_MAX } from "../storage/multipart-uploads.ts";
import { loadSigningKey, SIGNED_URL_MS } from "../storage/signed-urls.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
let runId: string;
let modelId: string;
let nowMs = 1_700_000_000_000;

beforeAll(async () => {
  server = await startTestServer({ clock: { nowMs: () => nowMs } });
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: "0" })
  ).json;
  runId = run.info.run_id;
  const { model }: { model: { info: { model_id: string } } } = (
    await server.call("POST", "logged-models", { experiment_id: "0", name: "m" })
  ).json;
  modelId = model.info.model_id;
});
afterAll(() => server.close());

async function signed(access: "read" | "write", path: string): Promise<string> {
  const body = { run_id: runId, path: [path] };
  const answer: { credential_infos: { signed_uri: string }[] } = (
    await server.call("POST", `artifacts/credentials-for-${access}`, body)
  ).json;
  return answer.credential_infos[0]?.signed_uri ?? "";
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error_code: string }).error_code; // An error's body.
}

describe("a signed URL", () => {
  test("writes and reads its artifact without a login, also in ranges", async () => {
    const written = await fetch(await signed("write", "a/b c.txt"), { method: "PUT", body: "0123456789" });
    expect(written.status).toBe(200);
    const url = await signed("read", "a/b c.txt");
    expect(await (await fetch(url)).text()).toBe("0123456789");
    const part = await fetch(url, { headers: { range: "bytes=3-5" } });
    expect([part.status, await part.text()]).toEqual([206, "345"]);
    expect((await fetch(url, { method: "HEAD" })).headers.get("content-length")).toBe("10");
    expect((await fetch(await signed("read", "none"))).status).toBe(404);
  });

  test("contains the host that the client called", async () => {
    expect(new URL(await signed("read", "x")).origin).toBe(server.url);
  });

  test("works only for the method and path that were signed", async () => {
    const read = await signed("read", "x");
    const write = await signed("write", "x");
    const attempts: [string, string][] = [
      ["PUT", read],
      ["GET", write],
      ["GET", read.replace("artifacts/x?", "artifacts/y?")],
      ["GET", read.replace("artifacts/x?", "artifacts/%78?")],
      ["GET", read.replace("artifacts/x?", "artifacts/../x?")],
      ["GET", read.replace("/mlflow-artifacts/", "/dbfs/")],
      ["GET", read.replace("/signed/", "/%73igned/")],
      ["GET", read.slice(0, -1)],
      ["GET", `${read}A`],
      ["GET", read.replace(/signature=.*/, "signature=")],
      ["GET", read.replace(/expires=\d+/, "expires=99999999999999")],
      ["GET", read.replace(/\?.*/, "")],
    ];
    for (const [method, url] of attempts) {
      const response = await fetch(url, method === "GET" ? {} : { method, body: "x" });
      expect([403, 404], url).toContain(response.status);
      expect(["PERMISSION_DENIED", "ENDPOINT_NOT_FOUND"], url).toContain(await codeOf(response));
    }
    expect((await fetch(await signed("read", "x"))).status).toBe(404);
  });

  test("expires", async () => {
    const url = await signed("write", "late");
    nowMs += SIGNED_URL_MS;
    const response = await fetch(url, { method: "PUT", body: "x" });
    expect([response.status, await codeOf(response)]).toEqual([403, "PERMISSION_DENIED"]);
  });

  test("is refused for a path outside of the run", async () => {
    for (const path of ["../x", "a/../../x", "/x", "a\\..\\x"]) {
      const answer = await server.call("POST", "artifacts/credentials-for-write", {
        run_id: runId,
        path: [path],
      });
      expect(answer.status).toBe(400);
    }
  });

  test("is available for the files of a logged model", async () => {
    const upload = `logged-models/${modelId}/artifacts/credentials-for-upload`;
    const answer: { credentials: { credential_info: { signed_uri: string } }[] } = (
      await server.call("POST", upload, { paths: ["MLmodel", "empty"] })
    ).json;
    const [first, second] = answer.credentials.map(({ credential_info: info }) => info.signed_uri);
    expect((await fetch(first ?? "", { method: "PUT", body: "x" })).status).toBe(200);
    expect((await fetch(second ?? "", { method: "PUT", body: "" })).status).toBe(200);
    const list: { files: unknown } = (
      await server.call("GET", `logged-models/${modelId}/artifacts/directories`)
    ).json;
    expect(list.files).toMatchObject([{ path: "MLmodel" }, { path: "empty", file_size: 0 }]);
  });
});

type Upload = {
  upload_id: string;
  upload_credential_infos: { signed_uri: string }[];
  abort_credential_info: { signed_uri: string };
};

async function begin(path: string, parts: number, id = runId): Promise<Upload> {
  const body = { run_id: id, path, num_parts: parts };
  return (await server.call("POST", "artifacts/create-multipart-upload", body)).json;
}

async function send(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: "PUT", body });
  expect(response.status).toBe(200);
  return response.headers.get("etag") ?? "";
}

const complete = (upload: Upload, path: string, etags: readonly string[], id = runId) =>
  server.call("POST", "artifacts/complete-multipart-upload", {
    run_id: id,
    path,
    upload_id: upload.upload_id,
    part_etags: etags.map((etag, index) => ({ part_number: index + 1, etag })),
  });

describe("a multipart upload", () => {
  test("joins parts that arrive in any order and more than once", async () => {
    const upload = await begin("big", 3);
    const [one = "", two = "", three = ""] = upload.upload_credential_infos.map((info) => info.signed_uri);
    const third = await send(three, "cc");
    await send(one, "wrong");
    const first = await send(one, "aa");
    const second = await send(two, "bb");
    expect((await complete(upload, "big", [first, second, third])).status).toBe(200);
    expect(await (await fetch(await signed("read", "big"))).text()).toBe("aabbcc");
    expect((await complete(upload, "big", [first])).status).toBe(404);
    expect((await fetch(one, { method: "PUT", body: "x" })).status).toBe(404);
  });

  test("of a logged model takes the model's id", async () => {
    const upload = await begin("weights", 1, modelId);
    const etag = await send(upload.upload_credential_infos[0]?.signed_uri ?? "", "w");
    expect((await complete(upload, "weights", [etag], modelId)).status).toBe(200);
  });

  test("with a missing, changed or repeated part leaves the artifact unchanged", async () => {
    await fetch(await signed("write", "kept"), { method: "PUT", body: "before" });
    const upload = await begin("kept", 2);
    const etag = await send(upload.upload_credential_infos[0]?.signed_uri ?? "", "a");
    for (const etags of [[etag, etag], ['"00"'], []]) {
      expect((await complete(upload, "kept", etags)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await (await fetch(await signed("read", "kept"))).text()).toBe("before");
    expect((await complete(upload, "kept", [etag])).status).toBe(200);
  });

  test("completes only for the path that it was started for", async () => {
    const upload = await begin("mine", 1);
    const etag = await send(upload.upload_credential_infos[0]?.signed_uri ?? "", "a");
    expect((await complete(upload, "other", [etag])).status).toBe(404);
    const query = new URLSearchParams({ run_id: runId, path: "other", upload_id: upload.upload_id });
    const fresh = await server.call(
      "GET",
      `artifacts/get-presigned-upload-part-url?${query.toString()}&part_number=1`,
    );
    expect(fresh.status).toBe(404);
    query.set("path", "mine");
    const again = await server.call(
      "GET",
      `artifacts/get-presigned-upload-part-url?${query.toString()}&part_number=1`,
    );
    expect(again.status).toBe(200);
  });

  test("can be aborted, even twice", async () => {
    const upload = await begin("given-up", 1);
    const { signed_uri: abort } = upload.abort_credential_info;
    for (let count = 0; count < 2; count++)
      expect((await fetch(abort, { method: "DELETE" })).status).toBe(204);
    const part = upload.upload_credential_infos[0]?.signed_uri ?? "";
    expect((await fetch(part, { method: "PUT", body: "x" })).status).toBe(404);
  });

  test("has a maximum number of parts", async () => {
    for (const parts of [0, -1, PARTS_MAX + 1]) {
      const body = { run_id: runId, path: "x", num_parts: parts };
      expect((await server.call("POST", "artifacts/create-multipart-upload", body)).status).toBe(400);
    }
  });
});

describe("the signing key", () => {
  test("is readable only by its owner, survives a restart, and is refused when it has the wrong size", async () => {
    const folder = await mkdtemp(join(tmpdir(), "key-"));
    const file = join(folder, "key");
    const key = loadSigningKey(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    expect(loadSigningKey(file).equals(key)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, (await readFile(file)).subarray(1));
    expect(() => loadSigningKey(file)).toThrow("instead of 32; delete it");
    await rm(folder, { recursive: true });
  });
});
