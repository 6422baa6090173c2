import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const VOLUME = "Volumes/main/default/v";
const files = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${server.url}/api/2.0/fs/files/${path}`, init);
const folders = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${server.url}/api/2.0/fs/directories/${path}`, init);
const put = (path: string, body: string): Promise<Response> =>
  files(`${path}?overwrite=true`, { method: "PUT", body });

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T; // Each test names the fields that it expects.
}
type Failure = { error_code: string };

describe("files", () => {
  test("are stored, read by range and deleted, and have metadata", async () => {
    expect((await put(`${VOLUME}/a.txt`, "hello")).status).toBe(204);
    const head = await files(`${VOLUME}/a.txt`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "5"]);
    const part = await files(`${VOLUME}/a.txt`, { headers: { range: "bytes=1-" } });
    expect([part.status, await part.text()]).toEqual([206, "ello"]);
    expect((await files(`${VOLUME}/a.txt`, { method: "DELETE" })).status).toBe(204);
    expect((await json<Failure>(await files(`${VOLUME}/a.txt`))).error_code).toBe("NOT_FOUND");
    expect((await files(`${VOLUME}/a.txt`, { method: "DELETE" })).status).toBe(404);
  });

  test("are only replaced with overwrite", async () => {
    await put(`${VOLUME}/once`, "1");
    const again = await files(`${VOLUME}/once`, { method: "PUT", body: "2" });
    expect([again.status, (await json<Failure>(again)).error_code]).toEqual([409, "ALREADY_EXISTS"]);
    expect(await (await files(`${VOLUME}/once`)).text()).toBe("1");
  });

  test("are the files that DBFS has at the same path", async () => {
    await put(`${VOLUME}/shared`, "x");
    expect(await (await fetch(`${server.url}/dbfs/${VOLUME}/shared`)).text()).toBe("x");
  });

  test("an unknown run or model, and paths outside of its artifacts, are not found", async () => {
    const internal = "WorkspaceInternal/Mlflow/Artifacts/1";
    for (const path of [
      `Runs/${"0".repeat(32)}/artifacts/x`,
      "Runs/x/other/y",
      "LoggedModels/m-0/artifacts",
      "",
    ]) {
      const answer = await files(`${internal}/${path}`);
      expect([answer.status, (await json<Failure>(answer)).error_code]).toEqual([404, "NOT_FOUND"]);
      expect((await folders(`${internal}/${path}`, { method: "HEAD" })).status).toBe(404);
    }
  });

  test.each(["%2e%2e/x", "a/%2e%2e/%2e%2e/x", "../../../../x", "%00", "a//b", "a%5c..%5cx"])(
    "%s is refused",
    async (path) => {
      const target = `/api/2.0/fs/files/${path}`;
      const { status } = await server.raw(`${requestHead("PUT", target, ["Content-Length: 1"])}x`);
      expect([400, 404]).toContain(status);
    },
  );
});

describe("folders", () => {
  test("are created, found, listed page by page, and deleted when empty", async () => {
    expect((await folders(`${VOLUME}/d`, { method: "PUT" })).status).toBe(204);
    expect((await folders(`${VOLUME}/d`, { method: "HEAD" })).status).toBe(200);
    for (const name of ["a", "b", "c"]) await put(`${VOLUME}/d/${name}`, name);
    type Page = { contents: { name: string }[]; next_page_token?: string };
    const first = await json<Page>(await folders(`${VOLUME}/d?page_size=2`));
    expect(first.contents.map(({ name }) => name)).toEqual(["a", "b"]);
    const rest = `${VOLUME}/d?page_size=2&page_token=${first.next_page_token ?? ""}`;
    const second = await json<Page>(await folders(rest));
    expect(second).toMatchObject({
      contents: [{ name: "c", path: `/${VOLUME}/d/c`, file_size: 1, is_directory: false }],
    });
    expect(second.next_page_token).toBeUndefined();
    expect((await folders(`${VOLUME}/d`, { method: "DELETE" })).status).toBe(400);
    for (const name of ["a", "b", "c"]) await files(`${VOLUME}/d/${name}`, { method: "DELETE" });
    expect((await folders(`${VOLUME}/d`, { method: "DELETE" })).status).toBe(204);
    expect((await folders(`${VOLUME}/d`, { method: "HEAD" })).status).toBe(404);
  });

  test("a file is not a folder, and the page size is checked", async () => {
    await put(`${VOLUME}/file`, "");
    expect((await folders(`${VOLUME}/file`, { method: "HEAD" })).status).toBe(404);
    expect((await folders(`${VOLUME}?page_size=0`)).status).toBe(400);
    expect((await folders(`${VOLUME}?page_size=x`)).status).toBe(400);
  });
});

describe("signed URLs", () => {
  type Url = { url: string };

  test("are requested with the path in the query or in the body", async () => {
    const path = `/${VOLUME}/signed`;
    const query = new URLSearchParams({ path, expire_time: "2030-01-01T00:00:00Z" }).toString();
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ path });
    const up = await fetch(`${server.url}/api/2.0/fs/create-upload-url`, { method: "POST", headers, body });
    expect((await fetch((await json<Url>(up)).url, { method: "PUT", body: "x" })).status).toBe(200);
    const down = await fetch(`${server.url}/api/2.0/fs/create-download-url?${query}`, { method: "POST" });
    expect(await (await fetch((await json<Url>(down)).url)).text()).toBe("x");
  });

  test("upload a large file in parts, or abort", async () => {
    const path = `${VOLUME}/parts`;
    const begun = await files(`${path}?action=initiate-upload&overwrite=true`, { method: "POST" });
    const { multipart_upload: upload } = await json<{ multipart_upload: { session_token: string } }>(begun);
    const call = (name: string, fields: object): Promise<Response> =>
      fetch(`${server.url}/api/2.0/fs/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ path: `/${path}`, session_token: upload.session_token, ...fields }),
      });
    const urls = await json<{ upload_part_urls: Url[] }>(
      await call("create-upload-part-urls", { start_part_number: 1, count: 2 }),
    );
    const parts: { part_number: number; etag: string }[] = [];
    for (const [index, { url }] of urls.upload_part_urls.entries()) {
      const sent = await fetch(url, { method: "PUT", body: `part ${index} ` });
      parts.push({ part_number: index + 1, etag: sent.headers.get("etag") ?? "" });
    }
    const query = `action=complete-upload&upload_type=multipart&session_token=${upload.session_token}`;
    const bad = await files(`${path}?${query}`, { method: "POST", body: "{" });
    expect((await json<Failure>(bad)).error_code).toBe("MALFORMED_REQUEST");
    expect((await files(`${path}?${query}`, { method: "POST", body: '{"parts":[]}' })).status).toBe(400);
    expect(
      (await files(`${path}?${query}`, { method: "POST", body: JSON.stringify({ parts }) })).status,
    ).toBe(200);
    expect(await (await files(path)).text()).toBe("part 0 part 1 ");
    expect((await call("create-upload-part-urls", { count: 20_000 })).status).toBe(400);
    expect((await call("create-abort-upload-url", { path: "/elsewhere" })).status).toBe(404);
    expect((await files(`${path}?action=other`, { method: "POST" })).status).toBe(400);
  });
});
