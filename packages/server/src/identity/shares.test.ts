import { newId } from "@flightdeck/core";
import { openStore } from "@flightdeck/store";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EVENT_CLIENTS_MAX } from "../events/event-stream.ts";
import { MULTIPART_UPLOADS_MAX } from "../storage/multipart-uploads.ts";
import { UPLOAD_WINDOW_MS, UPLOADS_MAX } from "../storage/receive-upload.ts";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

/* One user cannot use up a limited resource. */

/** Generous, because the test only waits for a response. */
const POLL = { timeout: 20_000 };

let server: TestServer;
let sockets: Socket[];
beforeEach(() => {
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

type Caller = { readonly headers: readonly string[]; readonly experimentId: string };

/** Creates a user with a token and an experiment. */
async function caller(name: string): Promise<Caller> {
  const backendStoreUri = `sqlite:///${join(server.dataDir, "flightdeck.db")}`;
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
  await store.workspace.ensurePrincipal(name);
  const { value } = await store.workspace.createToken({ principalName: name });
  await store.close();
  const headers = [`Authorization: Bearer ${value}`];
  const { body } = await post("/api/2.0/mlflow/experiments/create", { name }, headers);
  const { experiment_id: experimentId } = JSON.parse(body) as { experiment_id: string }; // The response of the endpoint.
  return { headers, experimentId };
}

function post(path: string, fields: object, headers: readonly string[]): ReturnType<TestServer["raw"]> {
  const body = JSON.stringify(fields);
  const all = [...headers, "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`];
  return server.raw(requestHead("POST", path, all) + body);
}

function put(path: string, headers: readonly string[]): ReturnType<TestServer["raw"]> {
  return server.raw(`${requestHead("PUT", path, [...headers, "Content-Length: 1"])}x`);
}

/** Starts an upload that then stalls. The returned function gives the response's status once it has arrived. */
async function stall(path: string, headers: readonly string[]): Promise<() => string | undefined> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  sockets.push(socket);
  let status: string | undefined;
  socket.on("data", (chunk: Buffer) => (status ??= chunk.toString().split(" ")[1]));
  socket.on("error", () => {}); // The server closes it in the end.
  await once(socket, "connect");
  socket.write(`${requestHead("PUT", path, [...headers, "Content-Length: 10"])}x`);
  return () => status;
}

const artifact = ({ experimentId }: Caller, name: string | number): string =>
  `/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${name}`;

describe("on a server with logins", () => {
  let mallory: Caller;
  let ana: Caller;
  beforeEach(async () => {
    server = await startTestServer({ auth: "token" });
    [mallory, ana] = [await caller("mallory"), await caller("ana")];
  });

  test("stalled uploads of one user do not block other users", async () => {
    const stalled = await Promise.all(
      Array.from({ length: UPLOADS_MAX }, (_, index) => stall(artifact(mallory, index), mallory.headers)),
    );
    const refused = (): number => stalled.filter((status) => status() === "429").length;
    await expect.poll(refused, POLL).toBe(UPLOADS_MAX * 0.75);
    expect((await put(artifact(ana, "x"), ana.headers)).status).toBe(200);
    const own = await put(artifact(mallory, "x"), mallory.headers);
    expect([own.status, own.body]).toEqual([429, expect.stringContaining("the maximum for one user")]);
  });

  test("stalled uploads to one user's signed URLs do not block other users", async () => {
    const root = `/api/2.0/mlflow-artifacts/mpu/create/${mallory.experimentId}`;
    const { body } = await post(root, { path: "big", num_parts: UPLOADS_MAX }, mallory.headers);
    const { credentials } = JSON.parse(body) as { credentials: { url: string }[] }; // The response of the endpoint.
    const stalled = await Promise.all(
      credentials.map(({ url }) => stall(url.slice(url.indexOf("/api/")), [])),
    );
    await expect.poll(() => stalled.filter((status) => status() === "429").length, POLL).toBe(96);
    expect((await put(artifact(ana, "x"), ana.headers)).status).toBe(200);
    const [first] = credentials;
    const forAna = first?.url.replace(/by=\d+/, "by=2").replace(/^http:\/\/[^/]*/, "") ?? "";
    expect((await put(forAna, [])).status).toBe(403);
  });

  test("each user has a share of the multipart uploads", async () => {
    const begin = ({ experimentId, headers }: Caller): ReturnType<TestServer["raw"]> => {
      const root = `/api/2.0/mlflow-artifacts/mpu/create/${experimentId}`;
      return post(root, { path: "big", num_parts: 1 }, headers);
    };
    expect((await begin(mallory)).status).toBe(200);
    const uploads = join(server.dataDir, "uploads");
    const [name = ""] = await readdir(uploads);
    for (let count = 2; count < MULTIPART_UPLOADS_MAX / 4; count++) {
      await mkdir(join(uploads, name.replace(/^\w+/, newId())));
    }
    const begun = await Promise.all([1, 2, 3].map(() => begin(mallory)));
    expect(begun.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 429, 429]);
    expect((await begin(ana)).status).toBe(200);
  });

  test("each user has a share of the event streams", async () => {
    const head = (headers: readonly string[]): string =>
      requestHead("GET", "/ajax-api/flightdeck/events", headers);
    const follow = async (headers: readonly string[]): Promise<string> => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      sockets.push(socket);
      socket.write(head(headers));
      const [chunk] = (await once(socket, "data")) as [Buffer]; // A socket's data.
      return chunk.toString().split(" ")[1] ?? "";
    };
    const share = EVENT_CLIENTS_MAX / 4;
    for (let count = 0; count < share; count++) expect(await follow(mallory.headers)).toBe("200");
    expect(await follow(mallory.headers)).toBe("429");
    expect(await follow(ana.headers)).toBe("200");
  });
});

test("on a server without logins, stalled uploads are ended and make room for others", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    server = await startTestServer();
    const path = (name: string | number): string => `/api/2.0/mlflow-artifacts/artifacts/0/${name}`;
    const stalled = await Promise.all(
      Array.from({ length: UPLOADS_MAX }, (_, index) => stall(path(index), [])),
    );
    await expect.poll(async () => (await put(path("x"), [])).status, POLL).toBe(429);
    vi.advanceTimersByTime(UPLOAD_WINDOW_MS);
    await expect.poll(() => stalled.filter((status) => status() === "429").length, POLL).toBe(UPLOADS_MAX);
    expect((await put(path("x"), [])).status).toBe(200);
  } finally {
    vi.useRealTimers();
  }
});
