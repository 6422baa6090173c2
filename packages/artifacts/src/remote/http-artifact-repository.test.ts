import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { HttpArtifactRepository } from "./http-artifact-repository.ts";

/*
 * The contract is tested against the real server, in the server's package. These tests use servers that behave differently:
 * without range support, hostile or broken.
 */

const PROXY = "/api/2.0/mlflow-artifacts/artifacts";
let stop: (() => void) | undefined;
afterEach(() => stop?.());

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () => server.close().closeAllConnections();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A TCP server's address is an object.
}

const open = (trackingUri: string, rootUri = "mlflow-artifacts:/1/r/artifacts"): HttpArtifactRepository =>
  new HttpArtifactRepository({ rootUri, trackingUri, headers: { authorization: "Bearer secret" } });

test("sends encoded paths below the root, with credentials", async () => {
  const seen: unknown[] = [];
  const url = await serve((request, response) => {
    seen.push([request.method, request.url, request.headers.authorization]);
    request.resume().on("end", () => response.end("{}"));
  });
  const repository = open(`${url}/`);
  await repository.write("a b/100%.txt", new Uint8Array(2));
  await repository.list("a b");
  expect(seen).toEqual([
    ["PUT", `${PROXY}/1/r/artifacts/a%20b/100%25.txt`, "Bearer secret"],
    ["GET", `${PROXY}?path=1%2Fr%2Fartifacts%2Fa%20b`, "Bearer secret"],
    ["GET", `${PROXY}?path=1%2Fr%2Fartifacts`, "Bearer secret"],
  ]);
});

test("does not send credentials to another host in the URI", async () => {
  const seen: unknown[] = [];
  const url = await serve((request, response) => {
    seen.push([request.url, request.headers.authorization]);
    response.end("{}");
  });
  await open("http://127.0.0.1:1", `mlflow-artifacts://${new URL(url).host}/x`).list("");
  await open("http://127.0.0.1:1", `${url}/base${PROXY}/x`).list("");
  expect(seen).toEqual([
    [`${PROXY}?path=x`, undefined],
    [`/base${PROXY}?path=x`, undefined],
  ]);
});

test("cuts the range out of the full response of a server without range support", async () => {
  const url = await serve((_request, response) => response.setHeader("content-length", 10).end("0123456789"));
  const { stream, sizeBytes } = await open(url).read("digits", { start: 3, end: 5 });
  expect([(await buffer(stream)).toString(), sizeBytes]).toEqual(["345", 10]);
});

test("rejects a listing with a path that escapes", async () => {
  const url = await serve((_request, response) =>
    response.end('{"files":[{"path":"../../x","is_dir":false}]}'),
  );
  await expect(open(url).list("")).rejects.toThrow("it must not contain '..'");
});

test("passes on the server's errors, and treats a 404 without a code as a missing artifact", async () => {
  const url = await serve((request, response) => {
    if (request.url?.endsWith("/a") === true) return void response.writeHead(404).end("<html>");
    response.writeHead(403).end('{"error_code":"PERMISSION_DENIED","message":"no"}');
  });
  await expect(open(url).read("a")).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  await expect(open(url).read("b")).rejects.toMatchObject({ code: "PERMISSION_DENIED", message: "no" });
});

test("the error for an unreachable server names it", async () => {
  const url = await serve(() => undefined);
  stop?.();
  await expect(open(url).list("")).rejects.toMatchObject({
    code: "TEMPORARILY_UNAVAILABLE",
    message: expect.stringContaining(`cannot reach ${url}`),
  });
});
