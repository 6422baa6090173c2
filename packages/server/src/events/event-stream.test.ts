import type { ServerResponse } from "node:http";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BOUNDS } from "../bounds.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { EventClient } from "./event-client.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Follows the events and gives their text so far. */
async function follow(signal: AbortSignal): Promise<() => string> {
  const response = await fetch(`${server.url}/ajax-api/flightdeck/events`, { signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let heard = "";
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) heard += decoder.decode(chunk, { stream: true });
  };
  read().catch(() => undefined); // Ends when the test aborts it, or the server closes.
  return () => heard;
}

test("a page hears what changed, each record once, and nothing of what failed", async () => {
  const following = new AbortController();
  const heard = await follow(following.signal);
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: "0" })
  ).json;
  const runId = run.info.run_id;
  for (const step of [1, 2, 3]) {
    await server.call("POST", "runs/log-metric", { run_id: runId, key: "m", value: 1, timestamp: 1, step });
  }
  await server.call("POST", "runs/log-metric", { run_id: "absent", key: "m", value: 1, timestamp: 1 });
  await server.call("POST", "registered-models/create", { name: "airline" });
  await expect.poll(heard).toContain('{"kind":"registered_model","id":"airline"}');
  expect(heard()).toContain(
    'event: change\ndata: {"changes":[{"kind":"experiment","id":"0"},{"kind":"run","id":"',
  );
  expect(heard()).not.toContain("absent");
  const times = heard().split(runId).length - 1;
  expect(times).toBeLessThanOrEqual(2); // Once in each of the one or two messages that it took.
  following.abort();
});

test("closing the server ends the events at once", async () => {
  const own = await startTestServer();
  const response = await fetch(`${own.url}/ajax-api/flightdeck/events`);
  const ended = response.text();
  await own.close();
  expect(await ended).toBe(": following\n\n");
});

test("a page that does not read costs a bounded queue, and is told to load everything", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  // A stream has what an event client uses of a response: write, end and drain.
  const response = new PassThrough({ highWaterMark: 1 }) as unknown as ServerResponse & PassThrough;
  const client = new EventClient(response);
  for (let id = 0; id <= BOUNDS.eventQueueMax; id++) client.add([{ kind: "run", id: String(id) }]);
  const held = [response.writableLength, response.readableLength];
  vi.advanceTimersByTime(BOUNDS.eventHeartbeatMs);
  expect([response.writableLength, response.readableLength]).toEqual(held);

  const heard = text(response);
  await once(response, "drain");
  vi.advanceTimersByTime(BOUNDS.eventIntervalMs);
  await once(response, "drain");
  client.add([{ kind: "run", id: "after" }]);
  vi.advanceTimersByTime(BOUNDS.eventIntervalMs);
  client.close();
  vi.useRealTimers();
  const change = 'event: change\ndata: {"changes":[{"kind":"run","id":"after"}]}\n\n';
  expect(await heard).toBe(`: following\n\nevent: reset\ndata: {}\n\n${change}`);
});
