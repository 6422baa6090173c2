import { API_PREFIXES, type Endpoint, endpoints } from "@flightdeck/protocol";
import { openStore, type Store } from "@flightdeck/store";
import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServices } from "../api/create-services.ts";
import { createApp } from "./create-app.ts";
import { createHostPolicy } from "./host-policy.ts";

/* Every route against somebody who may do nothing: what answers all the same must be public by intent. */

let folder: string;
let store: Store;
let app: FastifyInstance;
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "server-"));
  const database = `sqlite:///${join(folder, "x.db")}`;
  store = await openStore({ backendStoreUri: database, defaultArtifactRoot: "mlflow-artifacts:/" });
  const logger = pino({ level: "silent" });
  const destination = new LocalArtifactRepository(folder);
  app = createApp({
    services: createServices({ store, destination, dataDir: folder, logger, options: {} }),
    pageDir: undefined,
    logger,
    hostPolicy: createHostPolicy({ boundHost: "127.0.0.1", allowedHosts: [] }),
    authenticate: () => ({ name: "nobody", may: (permission) => asked.push(permission) < 0 }),
  });
  app.get("/forgotten", (_request, reply) => reply.send("secret"));
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await store.close();
  await rm(folder, { recursive: true });
});

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";

async function statusOf(method: Method, url: string): Promise<number> {
  const headers = { host: "localhost", "content-type": "application/json" };
  const response = await app.inject({ method, url, headers, ...(method !== "GET" && { payload: "{}" }) });
  return response.statusCode;
}

describe("somebody who may do nothing", () => {
  const table: [string, Endpoint][] = Object.entries(endpoints);

  test.each(table)("is refused by %s, which asks for its own permission", async (_name, endpoint) => {
    for (const method of endpoint.methods) {
      for (const prefix of API_PREFIXES) {
        const url = `${prefix}/${endpoint.versions[0]}${endpoint.path.replaceAll(/\{\w+\}/g, "x")}`;
        asked.length = 0;
        const status = await statusOf(method, url);
        if (endpoint.permission === "public") expect([status, asked]).toEqual([200, []]);
        else expect([status, asked]).toEqual([403, [endpoint.permission]]);
      }
    }
  });

  test.each<[Method, string]>([
    ["GET", "/api/2.0/mlflow-artifacts/artifacts/x"],
    ["HEAD", "/api/2.0/mlflow-artifacts/artifacts/x"],
    ["PUT", "/api/2.0/mlflow-artifacts/artifacts/x"],
    ["DELETE", "/ajax-api/2.0/mlflow-artifacts/artifacts/x"],
    ["GET", "/get-artifact?run_id=x&path=y"],
    ["GET", "/model-versions/get-artifact?name=x&version=1&path=y"],
    ["GET", "/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=x"],
    ["GET", "/ajax-api/flightdeck/events"],
    ["POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=x&path=y"],
    ["POST", "/api/2.0/preview/mlflow/experiments/create"],
    ["POST", "/graphql"],
    ["POST", "/api/2.0/mlflow-artifacts/mpu/create/x"],
    ["POST", "/api/2.0/mlflow-artifacts/mpu/complete/x"],
    ["POST", "/ajax-api/2.0/mlflow-artifacts/mpu/abort/x"],
  ])("is refused by %s %s", async (method, url) => {
    expect(await statusOf(method, url)).toBe(403);
  });

  test("is refused by a route whose permission was forgotten", async () => {
    asked.length = 0;
    expect([await statusOf("GET", "/forgotten"), asked]).toEqual([403, []]);
  });
});
