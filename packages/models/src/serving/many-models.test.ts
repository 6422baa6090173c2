import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { AppError } from "@flightdeck/core";
import type { Model } from "../model.ts";
import { loadModel } from "../load-model.ts";
import { saveModel } from "../save-model.ts";
import { fitForest } from "../testing/fit-forest.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { ModelSet } from "./model-set.ts";
import { type ScoringServer, type ScoringServerOptions, startScoringServer } from "./scoring-server.ts";

const servers: ScoringServer[] = [];
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))));

async function start(
  model: ScoringServerOptions["model"],
  options: Partial<ScoringServerOptions> = {},
): Promise<string> {
  const server = await startScoringServer({ model, port: 0, ...options });
  servers.push(server);
  return server.url;
}

type CountedModel = Model & { closed: number };

/** A forest with a delay, so that requests overlap. Counts how often it was closed. */
async function slowModel(waitMs: number): Promise<CountedModel> {
  const dir = await temporaryFolder();
  await saveModel(await fitForest(), dir);
  const model = await loadModel(dir);
  const slow: CountedModel = {
    mlModel: model.mlModel,
    inputs: model.inputs,
    needsFolder: false,
    closed: 0,
    predict: (input, options) => model.predict(input, options),
    async answer(request) {
      if (slow.closed > 0) throw new AppError("INTERNAL_ERROR", "used after it was closed");
      await pause(waitMs);
      return await model.answer(request);
    },
    async close() {
      slow.closed++;
      await model.close();
    },
  };
  return slow;
}

const BODY = '{"dataframe_split": {"columns": ["Distance", "DayofWeek"], "data": [[1846, 4]]}}';

async function invoke(url: string, path = "/invocations"): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return await fetch(url + path, { method: "POST", headers, body: BODY });
}

test("several models are called by name; a call without a name is an error", async () => {
  const url = await start(new ModelSet({ a: await slowModel(0), "b c": await slowModel(0) }));
  expect(await (await invoke(url, "/serving-endpoints/a/invocations")).json()).toEqual({ predictions: [1] });
  expect((await invoke(url, "/serving-endpoints/b%20c/invocations")).status).toBe(200);
  const unnamed = await invoke(url);
  expect([unnamed.status, await unnamed.json()]).toMatchObject([
    400,
    { message: expect.stringContaining("NAME one of a, b c") as string },
  ]);
  expect((await invoke(url, "/serving-endpoints/d/invocations")).status).toBe(404);
  expect((await invoke(url, "/serving-endpoints/%zz/invocations")).status).toBe(400);
});

test("a model that is replaced under load loses no request, and is closed when it has answered", async () => {
  const [former, latter] = [await slowModel(20), await slowModel(1)];
  const models = new ModelSet({ a: former });
  const url = await start(models);
  const until = performance.now() + 400;
  const clients = Array.from({ length: 8 }, async () => {
    const statuses: number[] = [];
    while (performance.now() < until) statuses.push((await invoke(url)).status);
    return statuses;
  });
  await pause(100);
  await models.replace("a", latter);
  expect(former.closed).toBe(1);
  const statuses = (await Promise.all(clients)).flat();
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(latter.closed).toBe(0);
});

test("requests above the limit get 503 at once, with Retry-After", async () => {
  const url = await start(await slowModel(300), { inFlightMax: 2 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => invoke(url)));
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused).toHaveLength(3);
  expect(refused[0]?.headers.get("retry-after")).toBe("1");
  expect((await invoke(url)).status).toBe(200);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('flightdeck_invocations_total{model="model",status="200"} 3\n');
  expect(metrics).toContain('flightdeck_invocation_seconds_count{model="model"} 3\n');
  expect(metrics).toContain("flightdeck_invocations_refused_total 3\n");
  expect(metrics).toContain("flightdeck_invocations_in_flight 0\n");
});

test("a closing server answers the requests that have arrived, even on connections that were idle", async () => {
  const server = await startScoringServer({ model: await slowModel(100), port: 0 });
  const { port, hostname, host } = new URL(server.url);
  const request =
    `POST /invocations HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  socket.write(request);
  await expect.poll(() => received).toContain("predictions"); // The kept-alive connection is idle now.
  const busy = invoke(server.url);
  await pause(20);
  const closing = server.close();
  socket.write(request);
  expect((await busy).status).toBe(200);
  await Promise.all([closing, once(socket, "close")]);
  expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  await expect(invoke(server.url)).rejects.toThrow("fetch failed");
});

test("a body whose declared length is too large is refused before it is read", async () => {
  const url = await start(await slowModel(0));
  const { port, hostname, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`POST /invocations HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000000\r\n\r\n{`);
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  await expect.poll(() => received).toContain("413 Payload Too Large");
});

test("a model's signal fires when the client disconnects", async () => {
  const model = await slowModel(0);
  const answering = Promise.withResolvers<AbortSignal>();
  const waiting: Model = {
    ...model,
    async answer({ signal }) {
      if (signal === undefined) throw new AppError("INTERNAL_ERROR", "no signal came");
      answering.resolve(signal);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new AppError("CANCELLED", "given up");
    },
  };
  const url = await start(waiting);
  const stop = new AbortController();
  const headers = { "Content-Type": "application/json" };
  const asked = fetch(`${url}/invocations`, { method: "POST", headers, body: BODY, signal: stop.signal });
  const signal = await answering.promise;
  expect(signal.aborted).toBe(false);
  stop.abort();
  await expect(asked).rejects.toThrow("aborted");
  await expect.poll(() => signal.aborted).toBe(true);
});

test("the error for an unknown path on a server with several models shows their route", async () => {
  const url = await start(new ModelSet({ a: await slowModel(0), b: await slowModel(0) }));
  const { message } = (await (await fetch(`${url}/predict`)).json()) as { message: string };
  expect(message).toContain("POST /serving-endpoints/NAME/invocations, GET");
});
