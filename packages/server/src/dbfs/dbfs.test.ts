import { DbfsArtifactRepository } from "@flightdeck/artifacts";
import { describeArtifactRepository } from "@flightdeck/artifacts/testing";
import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";
import { BLOCK_BYTES_MAX } from "./dbfs-handlers.ts";
import { HANDLES_MAX } from "./dbfs-handles.ts";

describeArtifactRepository("DbfsArtifactRepository on this server", async () => {
  const running = await startTestServer();
  const rootUri = "dbfs:/databricks/mlflow/1/0123/artifacts";
  const repository = new DbfsArtifactRepository({ rootUri, trackingUri: running.url });
  return { repository, close: () => running.close() };
});

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

type Answer = { status: number; json: Record<string, unknown> };

async function answerOf(response: Response): Promise<Answer> {
  const json = (await response.json()) as Record<string, unknown>; // Every answer here is a JSON object.
  return { status: response.status, json };
}

async function post(call: string, body: object): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const url = `${server.url}/api/2.0/dbfs/${call}`;
  return await answerOf(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function get(call: string, fields: Record<string, string>): Promise<Answer> {
  return await answerOf(
    await fetch(`${server.url}/api/2.0/dbfs/${call}?${new URLSearchParams(fields).toString()}`),
  );
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const raw = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${server.url}/dbfs/${path}`, init);
const textOf = async (path: string): Promise<string> => await (await raw(path)).text();

describe("files as JSON", () => {
  test("a small file can be stored, listed and read in parts, and has a status", async () => {
    expect(await post("put", { path: "dbfs:/j/a.txt", contents: base64("hello") })).toEqual({
      status: 200,
      json: {},
    });
    const status = await get("get-status", { path: "/j/a.txt" });
    expect(status.json).toMatchObject({ path: "/j/a.txt", is_dir: false, file_size: 5 });
    expect(status.json["modification_time"]).toBeGreaterThan(0);
    const { json } = await get("list", { path: "dbfs:/j" });
    expect(json["files"]).toMatchObject([{ path: "/j/a.txt" }]);
    const part = await get("read", { path: "/j/a.txt", offset: "1", length: "3" });
    expect(part.json).toEqual({ bytes_read: 3, data: base64("ell") });
    const end = await get("read", { path: "/j/a.txt", offset: "5" });
    expect(end.json).toEqual({ bytes_read: 0, data: "" });
  });

  test("listing a file returns the file; an absent folder is RESOURCE_DOES_NOT_EXIST, for listing and for its status", async () => {
    await post("put", { path: "/l/only.txt", contents: "" });
    expect((await get("list", { path: "/l/only.txt" })).json["files"]).toMatchObject([{ file_size: 0 }]);
    for (const call of ["list", "get-status", "read"]) {
      const answer = await get(call, { path: "/l/none" });
      expect([answer.status, answer.json["error_code"]]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
    }
  });

  test("the root is a folder", async () => {
    expect((await get("get-status", { path: "/" })).json).toMatchObject({ path: "/", is_dir: true });
    expect((await get("list", { path: "dbfs:/" })).status).toBe(200);
    for (const call of ["delete", "put", "create"]) {
      expect((await post(call, { path: "/", recursive: true })).status).toBe(400);
    }
  });

  test("a GET may carry its path in a JSON body, as MLflow's clients send it", async () => {
    await post("put", { path: "/b/x", contents: "" });
    const body = JSON.stringify({ path: "/b/x" });
    const head = requestHead("GET", "/api/2.0/dbfs/get-status", [
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ]);
    const answer = await server.raw(head + body);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { path: "/b/x" }]);
    const broken = requestHead("GET", "/api/2.0/dbfs/get-status", ["Content-Length: 1"]);
    expect((await server.raw(`${broken}{`)).status).toBe(400);
  });

  test("a file is only replaced with overwrite", async () => {
    await post("put", { path: "/o/x", contents: base64("1") });
    const again = await post("put", { path: "/o/x", contents: base64("2") });
    expect(again.json["error_code"]).toBe("RESOURCE_ALREADY_EXISTS");
    expect((await post("put", { path: "/o/x", contents: base64("2"), overwrite: true })).status).toBe(200);
    expect((await post("put", { path: "/o", contents: "", overwrite: true })).status).toBe(400);
    expect(await textOf("o/x")).toBe("2");
  });

  test("folders are created and moved; deleting one with content needs recursive", async () => {
    await post("mkdirs", { path: "/m/deep" });
    await post("put", { path: "/m/deep/x", contents: "" });
    expect((await post("mkdirs", { path: "/m/deep" })).status).toBe(200);
    expect((await post("mkdirs", { path: "/m/deep/x" })).json["error_code"]).toBe("RESOURCE_ALREADY_EXISTS");
    expect((await post("move", { source_path: "/m/deep", destination_path: "/m/moved" })).status).toBe(200);
    expect((await post("delete", { path: "/m" })).json["error_code"]).toBe("INVALID_PARAMETER_VALUE");
    expect((await post("delete", { path: "/m", recursive: true })).status).toBe(200);
    expect((await post("delete", { path: "/m" })).status).toBe(200);
    expect((await get("get-status", { path: "/m" })).status).toBe(404);
  });

  test("invalid base64, oversized blocks and negative numbers are refused", async () => {
    expect((await post("put", { path: "/e", contents: "a*b=" })).status).toBe(400);
    const large = Buffer.alloc(BLOCK_BYTES_MAX + 1).toString("base64");
    expect((await post("put", { path: "/e", contents: large })).json["error_code"]).toBe(
      "MAX_BLOCK_SIZE_EXCEEDED",
    );
    await post("put", { path: "/e", contents: "" });
    expect((await get("read", { path: "/e", offset: "-1" })).status).toBe(400);
    expect((await get("read", { path: "/e", length: String(BLOCK_BYTES_MAX + 1) })).status).toBe(400);
    expect((await get("read", { path: "/" })).status).toBe(400);
  });
});

describe("files block by block", () => {
  const open = async (path: string): Promise<number> =>
    Number((await post("create", { path, overwrite: true })).json["handle"]);

  test("the blocks become the file when the handle is closed", async () => {
    const handle = await open("/h/x");
    for (const block of ["one ", "two ", "three"]) {
      expect((await post("add-block", { handle, data: base64(block) })).status).toBe(200);
    }
    expect((await get("get-status", { path: "/h/x" })).status).toBe(404);
    expect((await post("close", { handle })).status).toBe(200);
    expect(await textOf("h/x")).toBe("one two three");
    expect((await post("close", { handle })).json["error_code"]).toBe("RESOURCE_DOES_NOT_EXIST");
  });

  test("many blocks of one megabyte are accepted", async () => {
    const handle = await open("/h/big");
    const data = Buffer.alloc(BLOCK_BYTES_MAX, "x").toString("base64");
    for (let count = 0; count < 5; count++) await post("add-block", { handle, data });
    await post("close", { handle });
    expect((await get("get-status", { path: "/h/big" })).json["file_size"]).toBe(5 * BLOCK_BYTES_MAX);
  });

  test("a path below a file fails when its handle is used, and the server keeps running", async () => {
    await post("put", { path: "/h/file", contents: "" });
    const { json } = await post("create", { path: "/h/file/below" });
    const handle = Number(json["handle"]);
    expect((await post("close", { handle })).json["error_code"]).toBe("INVALID_PARAMETER_VALUE");
  });

  test("the number of handles is limited, and open ones are dropped when the server closes", async () => {
    const handles: number[] = [];
    let refusal: Answer | undefined;
    for (let count = 0; count <= HANDLES_MAX; count++) {
      const answer = await post("create", { path: `/h/many/${count}` });
      if (answer.status === 200) handles.push(Number(answer.json["handle"]));
      else refusal = answer;
    }
    expect(refusal?.json["error_code"]).toBe("REQUEST_LIMIT_EXCEEDED");
    expect(handles).toHaveLength(HANDLES_MAX);
    await Promise.all(handles.map((handle) => post("close", { handle })));
    expect((await post("create", { path: "/h/again" })).status).toBe(200);
  });
});

describe("files as streams", () => {
  test("are stored and sent whole, by range and empty", async () => {
    expect((await raw("s/x", { method: "PUT", body: "0123456789" })).status).toBe(200);
    const part = await raw("s/x", { headers: { range: "bytes=2-4" } });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
      206,
      "bytes 2-4/10",
      "234",
    ]);
    expect((await raw("s/empty", { method: "POST", body: "" })).status).toBe(200);
    expect(await textOf("s/empty")).toBe("");
    expect((await raw("s/none")).status).toBe(404);
  });

  test("a POST to an existing file fails with the message that MLflow looks for", async () => {
    await raw("s/code.tar.gz", { method: "POST", body: "1" });
    const again = await answerOf(await raw("s/code.tar.gz", { method: "POST", body: "2" }));
    expect(again.status).toBe(409);
    expect(again.json["message"]).toContain("File already exists");
    await raw("s/code.tar.gz?overwrite=true", { method: "POST", body: "3" });
    expect(await textOf("s/code.tar.gz")).toBe("3");
  });

  test("logging an artifact of a run again replaces it", async () => {
    const path = "databricks/mlflow/1/r/artifacts/figure.png";
    for (const body of ["first", "second"])
      expect((await raw(path, { method: "POST", body })).status).toBe(200);
    expect(await textOf(path)).toBe("second");
  });
});

describe("a form", () => {
  const put = async (lines: readonly string[], type = "multipart/form-data; boundary=b"): Promise<Answer> => {
    const body = lines.join("\r\n");
    return await answerOf(
      await fetch(`${server.url}/api/2.0/dbfs/put`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      }),
    );
  };
  const field = (name: string, value: string): string[] => [
    "--b",
    `Content-Disposition: form-data; name="${name}"`,
    "",
    value,
  ];

  test("stores its file byte for byte, even if the file's part is labelled as a form too", async () => {
    const file = "line\r\n--c\r\nnot a boundary\n";
    const part = ["--b", 'Content-Disposition: form-data; name="file"; filename="x"'];
    const labelled = [...part, "Content-Type: multipart/form-data", "", file, "--b--", ""];
    const fields = [...field("path", "/f/x"), ...field("overwrite", "True")];
    expect(await put([...fields, ...labelled])).toEqual({ status: 200, json: {} });
    expect((await put([...fields, ...labelled])).status).toBe(200);
    expect(await textOf("f/x")).toBe(file);
  });

  test("without a file, path, boundary or end is refused and stores nothing", async () => {
    const file = ["--b", 'Content-Disposition: form-data; name="file"; filename="x"', "", "content"];
    expect((await put([...field("path", "/f/y"), "--b--", ""])).status).toBe(400);
    expect((await put([...file, ...field("path", "/f/y"), "--b--", ""])).status).toBe(400);
    expect((await put([...field("path", "/f/y"), ...file])).status).toBe(400);
    expect((await put(["x"], "multipart/form-data")).status).toBe(400);
    expect((await get("get-status", { path: "/f/y" })).status).toBe(404);
  });
});

describe("paths", () => {
  const ways = ["/../x", "dbfs:/a/../../x", "/a/..", "relative", "/a\\..\\x", "/a/\0", "dbfs:x"];

  test.each(ways)("every call refuses %j", async (path) => {
    for (const call of ["get-status", "list", "read"]) expect((await get(call, { path })).status).toBe(400);
    for (const call of ["put", "create", "mkdirs", "delete"]) {
      expect((await post(call, { path, contents: "", recursive: true })).status).toBe(400);
    }
    expect((await post("move", { source_path: path, destination_path: "/y" })).status).toBe(400);
    expect((await post("move", { source_path: "/y", destination_path: path })).status).toBe(400);
  });

  test.each([
    "/dbfs/../x",
    "/dbfs/%2e%2e/x",
    "/dbfs/a/%2e%2e/%2e%2e/x",
    "/dbfs/%00",
    "/dbfs//x",
    "/%64bfs/x",
  ])("%s is refused for streams", async (target) => {
    const before = await readdir(dirname(server.dataDir));
    const { status } = await server.raw(`${requestHead("PUT", target, ["Content-Length: 1"])}x`);
    expect([400, 404]).toContain(status);
    expect(await readdir(dirname(server.dataDir))).toEqual(before);
  });

  test("repeated slashes count as one, because command lines join paths that way", async () => {
    await post("put", { path: "dbfs:/p//q///r", contents: "" });
    expect((await get("get-status", { path: "/p/q/r" })).json["path"]).toBe("/p/q/r");
  });
});
