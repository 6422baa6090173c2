import { HttpArtifactRepository } from "@flightdeck/artifacts";
import { describeArtifactRepository } from "@flightdeck/artifacts/testing";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

describeArtifactRepository("HttpArtifactRepository on this server", async () => {
  const server = await startTestServer();
  const rootUri = "mlflow-artifacts:/some root/100%25";
  const repository = new HttpArtifactRepository({ rootUri, trackingUri: server.url });
  return { repository, close: () => server.close() };
});

const PROXY = "/api/2.0/mlflow-artifacts/artifacts";
let server: TestServer;
let artifactsDir: string;

beforeAll(async () => {
  server = await startTestServer();
  artifactsDir = join(server.dataDir, "artifacts");
  await mkdir(artifactsDir);
  await writeFile(join(server.dataDir, "secret"), "secret");
  await symlink(server.dataDir, join(artifactsDir, "link"));
});
afterAll(() => server.close());

async function put(path: string, body: string, type = "text/plain"): Promise<number> {
  const headers = { "content-type": type };
  return (await fetch(`${server.url}${PROXY}/${path}`, { method: "PUT", headers, body })).status;
}

describe("a path outside of the root", () => {
  const TARGETS = [
    "../secret",
    "../../etc/passwd",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "..%2fsecret",
    "a/../../secret",
    "a/%2E%2E/%2E%2E/secret",
    "..%5csecret",
    "..\\secret",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "//etc/passwd",
    "a%00/../secret",
    "secret%00",
    "..;/secret",
    "a%3b/x",
    "a%23b",
    "a%3fb",
    "./secret",
    "link/secret",
    "%ff",
    "%",
  ];

  test.each(TARGETS)("%s cannot be read, written or deleted", async (target) => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
      const body = method === "PUT" ? "owned" : "";
      const headers = [`Content-Length: ${body.length}`, "Content-Type: text/plain"];
      const answer = await server.raw(requestHead(method, `${PROXY}/${target}`, headers) + body);
      expect([method, answer.status]).toEqual([method, 400]);
      expect(answer.body).not.toMatch(/^secret/);
    }
    expect(await readFile(join(server.dataDir, "secret"), "utf8")).toBe("secret");
    expect(await readdir(artifactsDir)).toEqual(["link"]);
  });

  test("cannot be listed", async () => {
    for (const path of ["..", "../", "a/../..", "/", "/etc", "link", "%2e%2e/..", "a\0", "..\\", "a//b"]) {
      const url = `${server.url}${PROXY}?path=${encodeURIComponent(path)}`;
      const answer = await fetch(url);
      const body = (await answer.json()) as { error_code?: string }; // The shape of every error.
      expect([path, answer.status, body.error_code]).toEqual([path, 400, "INVALID_PARAMETER_VALUE"]);
    }
  });

  test.each(["%252e%252e", "%25252e%252e", "a%252f%252e%252e%252f%252e%252e"])(
    "%s is refused because decoding it again would leave the root",
    async (name) => {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await server.raw(
          requestHead(method, `${PROXY}/${name}/secret`, ["Content-Length: 0"]),
        );
        expect([answer.status, JSON.parse(answer.body).error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
      }
    },
  );

  test("a differently encoded route does not bypass the check", async () => {
    for (const route of ["/api/2.0/mlflow%2Dartifacts/artifacts", "/%61pi/2.0/mlflow-artifacts/artifacts"]) {
      const answer = await server.raw(requestHead("GET", `${route}/../secret`));
      expect(answer.status).toBe(404);
    }
  });

  test.each(["../secret", "link/secret", "/etc/passwd", "a\0", "..\\secret"])(
    "every call that takes a path refuses %j",
    async (path) => {
      const { run }: { run: { info: { run_id: string } } } = (
        await server.call("POST", "runs/create", { experiment_id: "0" })
      ).json;
      const { model }: { model: { info: { model_id: string } } } = (
        await server.call("POST", "logged-models", { experiment_id: "0", name: "m" })
      ).json;
      const source = `models:/${model.info.model_id}`;
      const name = `r-${model.info.model_id}`;
      await server.call("POST", "registered-models/create", { name });
      await server.call("POST", "model-versions/create", { name, source, model_id: model.info.model_id });
      const runId = run.info.run_id;
      const text = encodeURIComponent(path);
      const targets = [
        `/get-artifact?run_id=${runId}&path=${text}`,
        `/model-versions/get-artifact?name=${name}&version=1&path=${text}`,
        `/ajax-api/2.0/mlflow/logged-models/${model.info.model_id}/artifacts/files?artifact_file_path=${text}`,
        `/api/2.0/mlflow/artifacts/list?run_id=${runId}&path=${text}`,
        `/api/2.0/mlflow/logged-models/${model.info.model_id}/artifacts/directories?artifact_directory_path=${text}`,
      ];
      for (const target of targets) {
        const answer = await fetch(server.url + target);
        const body = await answer.text();
        if (path === "link/secret" && answer.status !== 400) expect(body).not.toContain('"path"');
        else expect([target, answer.status]).toEqual([target, 400]);
        expect(body).not.toMatch(/^secret|root:/);
      }
    },
  );
});

describe("an artifact in a browser", () => {
  test.each([
    ["page.html", "text/plain; charset=utf-8"],
    ["page.HTM", "text/plain; charset=utf-8"],
    ["run.js", "text/plain; charset=utf-8"],
    ["feed.xml", "text/plain; charset=utf-8"],
    ["MLmodel", "text/plain; charset=utf-8"],
    ["plot.svg", "image/svg+xml"],
    ["plot.png", "image/png"],
    ["model.skops", "application/octet-stream"],
    ["noextension", "application/octet-stream"],
  ])("%s is sent as %s and cannot run scripts", async (name, type) => {
    expect(await put(`preview/${name}`, "<script>alert(1)</script>", "text/html")).toBe(200);
    const answer = await fetch(`${server.url}${PROXY}/preview/${name}`);
    expect(await answer.text()).toBe("<script>alert(1)</script>");
    expect(answer.headers.get("content-type")).toBe(type);
    expect(answer.headers.get("content-disposition")).toBe(
      `attachment; filename="${name}"; filename*=UTF-8''${name}`,
    );
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
  });

  test("a name cannot break out of its header", async () => {
    await put(encodeURIComponent("a\"; x='y' ü.txt"), "x");
    const answer = await fetch(`${server.url}${PROXY}/${encodeURIComponent("a\"; x='y' ü.txt")}`);
    expect(answer.status).toBe(400); // A path may not contain semicolons.
    await put(encodeURIComponent("a\"b'ü.txt"), "x");
    const quoted = await fetch(`${server.url}${PROXY}/${encodeURIComponent("a\"b'ü.txt")}`);
    expect(quoted.headers.get("content-disposition")).toBe(
      `attachment; filename="a_b'_.txt"; filename*=UTF-8''a%22b%27%C3%BC.txt`,
    );
  });
});

describe("a range request", () => {
  beforeAll(async () => void (await put("digits.txt", "0123456789")));
  const get = (range: string, method = "GET"): Promise<Response> =>
    fetch(`${server.url}${PROXY}/digits.txt`, { method, headers: { range } });

  test("returns 206 with the part and its Content-Range", async () => {
    const answer = await get("bytes=2-4");
    expect([answer.status, await answer.text()]).toEqual([206, "234"]);
    expect(answer.headers.get("content-range")).toBe("bytes 2-4/10");
    expect(answer.headers.get("content-length")).toBe("3");
  });

  test("returns 416 with the size when it is outside of the artifact", async () => {
    const answer = await get("bytes=10-");
    expect(answer.status).toBe(416);
    expect(answer.headers.get("content-range")).toBe("bytes */10");
    expect(await answer.json()).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
  });

  test("returns only headers for HEAD", async () => {
    const answer = await fetch(`${server.url}${PROXY}/digits.txt`, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length"), await answer.text()]).toEqual([
      200,
      "10",
      "",
    ]);
  });
});

test("an interrupted upload leaves nothing behind", async () => {
  const head = requestHead("PUT", `${PROXY}/cut/off.bin`, ["Content-Length: 1000000"]);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
      socket.write(`${head}only the beginning`, () => setTimeout(() => socket.destroy(), 50));
    });
    socket.on("close", () => resolve());
  });
  await expect.poll(() => readdir(join(artifactsDir, "cut"))).toEqual([]);
});

test("a JSON upload is stored byte for byte, valid or not", async () => {
  expect(await put("broken.json", '{"a": ', "application/json")).toBe(200);
  expect(await (await fetch(`${server.url}${PROXY}/broken.json`)).text()).toBe('{"a": ');
});
