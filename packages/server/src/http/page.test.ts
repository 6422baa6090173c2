import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "page-"));
  await mkdir(join(folder, "dist", "assets"), { recursive: true });
  await writeFile(join(folder, "dist", "index.html"), "<title>page</title>");
  await writeFile(join(folder, "dist", "assets", "index-0a1b.js"), "run()");
  await writeFile(join(folder, "secret"), "secret");
  server = await startTestServer({ pageDir: join(folder, "dist") });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const browser = { headers: { accept: "text/html,*/*" } };

describe("the built page", () => {
  test.each(["/", "/experiments/1/runs/abc", "/models/airline?tab=versions"])("is at %s", async (path) => {
    const answer = await fetch(server.url + path, browser);
    expect([answer.status, await answer.text()]).toEqual([200, "<title>page</title>"]);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test.each([
    ["/jobs/3/runs/7", "../../../#/jobs/3/runs/7"],
    ["/models?q=air", "./#/models?q=air"],
    ["/jobs/", "../#/jobs/"],
  ])("%s leads to its place in the page, below the page's own address", async (path, location) => {
    const answer = await server.raw(requestHead("GET", path, ["Accept: text/html"]));
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe(location);
    expect(new URL(location, `http://proxy.example/prefix${path}`).href).toBe(
      `http://proxy.example/prefix/#${path}`,
    );
  });

  test("its hashed files may be cached forever", async () => {
    const answer = await fetch(`${server.url}/assets/index-0a1b.js`);
    expect([answer.status, await answer.text()]).toEqual([200, "run()"]);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("content-type")).toContain("javascript");
  });

  test("a missing file is a 404 for a script, and so is a missing API call for a browser", async () => {
    expect((await fetch(`${server.url}/assets/gone-0a1b.js`)).status).toBe(404);
    expect((await fetch(`${server.url}/api/2.0/nowhere`, browser)).status).toBe(404);
    expect((await fetch(`${server.url}/ajax-api/2.0/nowhere`, browser)).status).toBe(404);
  });

  test.each([
    "/../secret",
    "/assets/../../secret",
    "/%2e%2e/secret",
    "/..%2fsecret",
    "//secret",
    "/..\\secret",
  ])("%s does not lead out of it", async (target) => {
    const answer = await server.raw(requestHead("GET", target));
    expect([400, 404]).toContain(answer.status);
    expect(answer.body).not.toContain("secret\n");
    expect(answer.body).not.toMatch(/^secret/);
  });
});

test("without a build, a line says how to build it", async () => {
  for (const options of [{}, { pageDir: join(folder, "assets") }]) {
    const bare = await startTestServer(options);
    const answer = await fetch(`${bare.url}/experiments/1`, browser);
    expect(await answer.text()).toContain("The page is not built: run npm run build:ui");
    expect((await fetch(`${bare.url}/`)).status).toBe(503);
    await bare.close();
  }
});
