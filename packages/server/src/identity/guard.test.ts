import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ allowedHosts: ["mlflow.example.com"] });
});
afterAll(() => server.close());

const READ = "/api/2.0/mlflow/experiments/get?experiment_id=0";
const CREATE = "/api/2.0/mlflow/experiments/create";

function withHost(target: string, host: string): string {
  return requestHead("GET", target).replace("Host: localhost", `Host: ${host}`);
}

function post(headers: readonly string[], body: string, target = CREATE): string {
  return requestHead("POST", target, [...headers, `Content-Length: ${Buffer.byteLength(body)}`]) + body;
}

describe("Host", () => {
  test.each(["localhost", "localhost:1234", "127.0.0.1", "[::1]:5000", "mlflow.example.com"])(
    "%s is allowed",
    async (host) => {
      expect((await server.raw(withHost(READ, host))).status).toBe(200);
    },
  );

  test.each(["evil.example", "localhost.evil.example:5000", "192.168.0.7"])("%s is refused", async (host) => {
    for (const target of [
      READ,
      "/",
      "/get-artifact?run_id=x&path=y",
      "/nowhere",
      "/ajax-api/flightdeck/events",
    ]) {
      const answer = await server.raw(withHost(target, host));
      expect([target, answer.status]).toEqual([target, 403]);
      expect(answer.body).toContain("Invalid Host header - possible DNS rebinding attack detected");
    }
  });

  test("probes answer for any host name and reveal nothing", async () => {
    expect((await server.raw(withHost("/health", "10.0.0.9"))).body).toBe("OK");
    expect((await server.raw(withHost("/version", "10.0.0.9"))).body).toMatch(/^3\.4\.0\+flightdeck\.\d/);
  });

  test("a target in absolute form is served, and its host is checked too", async () => {
    expect((await server.raw(requestHead("GET", `http://localhost${READ}`))).status).toBe(200);
    expect((await server.raw(requestHead("GET", `http://evil.example${READ}`))).status).toBe(403);
  });
});

describe("Origin", () => {
  const json = ["Content-Type: application/json"];

  test.each(["http://evil.example", "http://localhost:3000", "null", "https://localhost.evil.example"])(
    "a page of %s cannot change anything",
    async (origin) => {
      const answer = await server.raw(post([...json, `Origin: ${origin}`], '{"name":"by-another-site"}'));
      expect(answer.status).toBe(403);
      expect(answer.body).toContain("Cross-origin request blocked");
      const proxy = "/api/2.0/mlflow-artifacts/artifacts/x.txt";
      for (const method of ["PUT", "DELETE"]) {
        const request = requestHead(method, proxy, [`Origin: ${origin}`, "Content-Length: 0"]);
        expect((await server.raw(request)).status).toBe(403);
      }
      const found = await server.call("GET", "experiments/get-by-name?experiment_name=by-another-site");
      expect(found.status).toBe(404);
    },
  );

  test("the server's own page can", async () => {
    const own = [...json, "Origin: http://localhost"];
    expect((await server.raw(post(own, '{"name":"by-own-page"}'))).status).toBe(200);
  });
});

describe("body", () => {
  test.each([
    [["Content-Type: text/plain"], "text/plain"],
    [["Content-Type: application/x-www-form-urlencoded"], "application/x-www-form-urlencoded"],
    [["Content-Type: multipart/form-data; boundary=x"], "multipart/form-data; boundary=x"],
    [["Content-Type: text/plain; application/json"], "text/plain; application/json"],
    [["Content-Type: application/jsonx"], "application/jsonx"],
    [[], "none"],
  ])("%j is refused, because a form of any site could send it", async (headers, got) => {
    const answer = await server.raw(post(headers, '{"name":"by-form"}'));
    expect(answer.status).toBe(400);
    const message = `the Content-Type must be application/json, got ${got === "none" ? got : JSON.stringify(got)}`;
    expect(JSON.parse(answer.body)).toEqual({ error_code: "BAD_REQUEST", message });
  });

  test("a POST without a body and a type is refused", async () => {
    const request = requestHead("POST", "/api/2.0/mlflow/runs/create", ["Content-Length: 0"]);
    expect((await server.raw(request)).status).toBe(400);
  });

  test("the content type that the old Databricks command line sends for JSON is accepted, and parsed as strictly", async () => {
    const headers = ["Content-Type: text/json"];
    expect((await server.raw(post(headers, '{"name":"by-text-json"}'))).status).toBe(200);
    expect((await server.raw(post(headers, '{"__proto__":{"name":"x"}}'))).status).toBe(400);
  });

  test("JSON with a charset is accepted", async () => {
    const headers = ["Content-Type: application/json; charset=utf-8"];
    expect((await server.raw(post(headers, '{"name":"with-charset"}'))).status).toBe(200);
  });

  test.each([
    ["{", "MALFORMED_REQUEST"],
    ['{"name":"x"', "MALFORMED_REQUEST"],
    ['{"__proto__":{"name":"x"}}', "MALFORMED_REQUEST"],
    ["[]", "BAD_REQUEST"],
    ['"x"', "BAD_REQUEST"],
    [`{"name":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "BAD_REQUEST"],
  ])("%.30s is a client error", async (body, code) => {
    const answer = await server.raw(post(["Content-Type: application/json"], body));
    expect([answer.status, JSON.parse(answer.body).error_code]).toEqual([400, code]);
  });

  test("an oversized body is refused by its length, or while it is read when the length is not given", async () => {
    const announced = requestHead("POST", CREATE, [
      "Content-Type: application/json",
      "Content-Length: 20000000",
    ]);
    expect((await server.raw(announced)).status).toBe(413);
    const chunk = `100000\r\n${" ".repeat(0x10_00_00)}\r\n`;
    const hidden = requestHead("POST", CREATE, [
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
    ]);
    expect((await server.raw(hidden + chunk.repeat(11))).status).toBe(413);
  });
});

describe("an unknown path", () => {
  test.each(["/api/2.0/mlflow/nowhere", "/api/9.0/mlflow/runs/get", "/ajax-api/x", "/favicon.ico", "/api"])(
    "%s is not an endpoint",
    async (target) => {
      const answer = await server.raw(requestHead("GET", target));
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body)).toEqual({
        error_code: "ENDPOINT_NOT_FOUND",
        message: `No API found for 'GET ${target}'`,
      });
    },
  );

  test.each([
    "/%",
    "/%zz",
    "/api/2.0/mlflow/logged-models/%ff",
    `/api/2.0/mlflow/logged-models/${"x".repeat(5000)}`,
  ])("%.50s gets an error in the client's format", async (target) => {
    const answer = await server.raw(requestHead("GET", target));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(JSON.parse(answer.body)).toMatchObject({
      error_code: expect.any(String),
      message: expect.any(String),
    });
  });
});

describe("invalid HTTP", () => {
  test.each([
    ["headers that are too large", requestHead("GET", `/?${"x".repeat(20_000)}`), 431],
    ["not HTTP", "hello\r\n\r\n", 400],
    ["two lengths", requestHead("POST", CREATE, ["Content-Length: 1", "Content-Length: 2"]), 400],
    [
      "length and chunks",
      requestHead("POST", CREATE, ["Content-Length: 1", "Transfer-Encoding: chunked"]),
      400,
    ],
    ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
  ])("%s", async (_name, request, status) => {
    expect((await server.raw(request)).status).toBe(status);
  });
});
