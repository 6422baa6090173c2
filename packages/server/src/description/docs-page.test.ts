import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";
import { docsPage, fieldsOf } from "./docs-page.ts";
import type { OpenApiDocument } from "./openapi-document.ts";
import type { Operation } from "./operation.ts";

/* Over real HTTP, on a server that requires tokens: anybody may read the API's description. */

let server: TestServer;
let document: OpenApiDocument;
let page: string;
beforeAll(async () => {
  server = await startTestServer({ auth: "token" });
  const [json, html] = await Promise.all([
    fetch(`${server.url}/api/openapi.json`),
    fetch(`${server.url}/api/docs`),
  ]);
  expect([json.status, json.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  document = (await json.json()) as OpenApiDocument; // Another test validates it.
  page = await html.text();
});
afterAll(() => server.close());

describe("/api/docs", () => {
  test("is HTML that loads nothing and has no scripts", async () => {
    const answer = await fetch(`${server.url}/api/docs`);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'; style-src 'sha256-");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page).not.toMatch(/<script|<link|<img|\son\w+=|https?:/i);
  });

  test("shows every operation under its noun, with who may call it", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(operations.length).toBeGreaterThan(250);
    for (const { path, method, operation } of operations) {
      const [, section = ""] = page.split(`<article id="${operation.operationId}">`);
      expect(section).toContain(`<h3>${method.toUpperCase()} ${path}</h3>`);
      const [who = ""] = operation.description.replaceAll("'", "&#39;").split(". ");
      expect(section.split("</article>")[0]).toContain(who);
    }
    for (const { name } of document.tags) expect(page).toContain(`<h2 id="tag-${name}">`);
  });

  test("shows each field's type, bounds and whether it is required", () => {
    const [, section = ""] = page.split('<article id="getRun">');
    expect(section).toContain("<tr><td>run_id<td>string<td>1 to 256 characters<td>yes</tr>");
    expect(section).toContain("Errors: 400, 401, 403, 404, 429, 500, 503");
  });

  test("links to the document next to it, also behind a proxy with a path prefix", () => {
    expect(page).toContain('<a href="openapi.json">');
    expect(new URL(document.servers[0]?.url ?? "", "http://proxy.example/prefix/api/openapi.json").href).toBe(
      "http://proxy.example/prefix/",
    );
  });

  test("escapes all text", () => {
    const hostile = `<script>alert("1")</script>'&`;
    const tag = { name: hostile };
    const operation: Operation = {
      operationId: hostile,
      summary: hostile,
      description: hostile,
      tags: [hostile],
      security: [],
      parameters: [{ name: hostile, in: "query", required: true, schema: { enum: [hostile] } }],
      responses: {},
      "x-permission": { audience: "users", level: "CAN_READ", resources: [] },
    };
    const paths = { [`/${hostile}`]: { get: operation } };
    const info = { title: hostile, version: hostile, description: hostile };
    const shown = docsPage({ ...document, info, tags: [tag], paths });
    expect(shown).not.toContain("<script");
    expect(shown).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;");
  });
});

test.each(["/api/openapi.json", "/api/docs"])(
  "%s is refused for a host that is not allowed",
  async (path) => {
    const foreign = requestHead("GET", path).replace("Host: localhost", "Host: evil.example");
    expect((await server.raw(foreign)).status).toBe(403);
    expect((await server.raw(requestHead("GET", path))).status).toBe(200);
  },
);

test("fields are followed by their nested fields", () => {
  const item = { type: "object", properties: { key: { type: "string", maxLength: 9 } }, required: ["key"] };
  const fields = fieldsOf({
    type: "object",
    properties: {
      tags: { type: "array", maxItems: 3, items: item },
      names: { type: "array", items: { type: "string", minLength: 1, maxLength: 5 } },
      kind: {
        anyOf: [
          { type: "string", enum: ["a", "b"] },
          { type: "integer", minimum: 1, maximum: 7 },
        ],
      },
      at: { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, default: 0 },
      value: {},
    },
    required: ["tags"],
  } as Parameters<typeof fieldsOf>[0]); // TypeScript widens the literals of the schema.
  expect(fields.map(({ name, type, bounds, isRequired }) => [name, type, bounds, isRequired])).toEqual([
    ["tags", "list of object", "at most 3 items", true],
    ["tags[].key", "string", "at most 9 characters", true],
    ["names", "list of string", "each 1 to 5 characters", false],
    ["kind", "string or integer", "one of a, b; 1 to 7", false],
    ["at", "integer", "default 0", false],
    ["value", "any", "", false],
  ]);
});
