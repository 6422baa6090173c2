import { createServer, request, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "@flightdeck/core";
import { expect, onTestFinished, test } from "vitest";
import { MlflowClient } from "../rest/mlflow-client.ts";
import { RunWriter } from "./run-writer.ts";

test("params, metrics, tags, texts and ends of many runs arrive once and in order", async () => {
  const client = clientOf(await openServer());
  const writer = new RunWriter({ client });
  const runs = Array.from({ length: 30 }, (_, i) => {
    const run = writer.create({ experimentId: "0", runName: `trial ${i}`, startTimeMs: 1000 + i });
    run.log({ params: [{ key: "x", value: String(i) }], tags: [{ key: "state", value: "new" }] });
    for (let step = 0; step < 3; step++) run.log({ metrics: [metric(step * i, step)] });
    run.log({ tags: [{ key: "state", value: "done" }] });
    if (i === 0) run.writeText("log.txt", "one\ntwo\n");
    run.end("FINISHED", 2000 + i);
    return run;
  });
  await writer.drain();
  expect(writer.waitingCount).toBe(0);
  await writer.close();
  const { items } = await client.searchRuns({ experimentIds: ["0"] });
  expect(items).toHaveLength(30);
  const seventh = await client.getRun(await runs[7]!.runId);
  expect(seventh.info).toMatchObject({
    runName: "trial 7",
    status: "FINISHED",
    startTimeMs: 1007,
    endTimeMs: 2007,
  });
  expect(seventh.data.params).toEqual([{ key: "x", value: "7" }]);
  expect(seventh.data.tags).toContainEqual({ key: "state", value: "done" });
  const history = await client.getMetricHistory({ runId: await runs[7]!.runId, metricKey: "loss" });
  expect(history.items.map(({ value }) => value)).toEqual([0, 7, 14]);
  const { files } = { files: (await client.listArtifacts({ runId: await runs[0]!.runId })).items };
  expect(files.map(({ path }) => path)).toEqual(["log.txt"]);
});

test("an outage of the server loses nothing", async () => {
  const dataDir = await newFolder();
  const first = await openServer({ dataDir });
  const port = Number(new URL(first.url).port);
  const client = clientOf(first);
  const writer = new RunWriter({ client });
  const run = writer.create({ experimentId: "0" });
  const runId = await run.runId;
  await first.close();
  for (let step = 0; step < 100; step++) run.log({ metrics: [metric(step, step)] });
  const later = writer.create({ experimentId: "0", runName: "later" });
  later.end("FINISHED");
  run.end("FINISHED");
  await openServer({ dataDir, port });
  await writer.drain();
  await writer.close();
  expect((await client.getMetricHistory({ runId, metricKey: "loss" })).items).toHaveLength(100);
  expect((await client.getRun(await later.runId)).info.status).toBe("FINISHED");
});

test("a run is created once even if the response was lost", async () => {
  const server = await openServer();
  const proxy = await loseAnswers(server.url, (path) => path.endsWith("/runs/create"));
  const writer = new RunWriter({ client: clientOf(proxy) });
  const run = writer.create({ experimentId: "0" });
  run.end("FINISHED");
  await writer.drain();
  await writer.close();
  const { items } = await clientOf(server).searchRuns({ experimentIds: ["0"] });
  expect(items.map(({ info }) => info.runId)).toEqual([await run.runId]);
});

test("a permanent error fails only its own run", async () => {
  const client = clientOf(await openServer());
  const writer = new RunWriter({ client });
  const refused = writer.create({ experimentId: "12345" });
  const fine = writer.create({ experimentId: "0" });
  fine.end("FINISHED");
  await expect(writer.drain()).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  await expect(refused.runId).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  expect((await client.getRun(await fine.runId)).info.status).toBe("FINISHED");
  await writer.close();
});

test("waiting for an unreachable server times out and can be cancelled", async () => {
  const server = await openServer();
  await server.close();
  const writer = new RunWriter({ client: clientOf(server), outageMaxMs: 200 });
  writer.create({ experimentId: "0" });
  await expect(writer.drain()).rejects.toMatchObject({ code: "TEMPORARILY_UNAVAILABLE" });
  await expect(writer.drain(AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
  await writer.close();
});

test("idle time does not count as an outage", async () => {
  const writer = new RunWriter({ client: clientOf(await openServer()), outageMaxMs: 1 });
  const run = writer.create({ experimentId: "0" });
  await run.runId;
  await sleep(50);
  run.end("FINISHED");
  await writer.drain();
  await writer.close();
});

test("a guard that throws stops the writer permanently", async () => {
  const client = clientOf(await openServer());
  const { AppError } = await import("@flightdeck/core");
  const guard = (): Promise<void> => Promise.reject(new AppError("RESOURCE_CONFLICT", "taken over"));
  const writer = new RunWriter({ client, guard });
  writer.create({ experimentId: "0" });
  await expect(writer.drain()).rejects.toThrow("taken over");
  await writer.close();
  expect((await client.searchRuns({ experimentIds: ["0"] })).items).toEqual([]);
});

const metric = (value: number, step: number) => ({ key: "loss", value, step, timestampMs: 1000 + step });

/** One attempt per call, so that the tests see the writer's own retries. */
function clientOf({ url }: { readonly url: string }): MlflowClient {
  return new MlflowClient({ trackingUri: url, retry: { attemptsMax: 1 } });
}

async function openServer(options: { dataDir?: string; port?: number } = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  onTestFinished(() => server.close().catch(() => {}));
  return server;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-writer-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A proxy that forwards each request, and drops the connection once instead of sending the first matching response. */
async function loseAnswers(target: string, matches: (path: string) => boolean): Promise<{ url: string }> {
  let isArmed = true;
  const proxy: Server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const forwarded = request(target + url, { method, headers }, (answer) => {
      if (isArmed && matches(url)) {
        isArmed = false;
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}
