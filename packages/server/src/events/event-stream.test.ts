import { once } from "node:events";
import { Writable } from "node:stream";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { EVENT_HEARTBEAT_MS, EVENT_INTERVAL_MS, EVENT_QUEUE_MAX, EventClient } from "./event-stream.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ jobs: { maxParallel: 0, allow: true } });
});
afterAll(() => server.close());

/** Follows the events. The returned function gives the text received so far. */
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

test("a page gets each changed record once, and nothing about failed calls", async () => {
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
  expect(times).toBeLessThanOrEqual(2); // Once in each of the one or two messages.
  following.abort();
});

test("a page gets changes of job runs that are submitted and cancelled", async () => {
  const following = new AbortController();
  const heard = await follow(following.signal);
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${server.url}/api/2.1/jobs/runs/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const shell = { command: ["true"] };
  await post("submit", { shell_command_task: shell, new_cluster: { spark_version: "x" } });
  const told = '{"kind":"job_run","id":"1"}';
  await expect.poll(heard).toContain(told);
  await post("cancel", { run_id: 1 });
  await expect.poll(() => heard().split(told).length).toBe(3);
  following.abort();
});

test("closing the server ends the stream immediately", async () => {
  const own = await startTestServer();
  const response = await fetch(`${own.url}/ajax-api/flightdeck/events`);
  const ended = response.text();
  await own.close();
  expect(await ended).toBe(": following\n\n");
});

test("the queue of a page that does not read is bounded, and the page is told to reload everything", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const sent: string[] = [];
  let reads = (): void => undefined; // Makes the page read what was sent last.
  const page = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      sent.push(chunk.toString());
      reads = done;
    },
  });
  const read = async (): Promise<void> => {
    const drained = once(page, "drain");
    reads();
    await drained;
    vi.advanceTimersByTime(EVENT_INTERVAL_MS);
  };
  const client = new EventClient(page);
  for (let id = 0; id <= EVENT_QUEUE_MAX; id++) client.add([{ kind: "run", id: String(id) }]);
  vi.advanceTimersByTime(EVENT_HEARTBEAT_MS);
  expect(sent).toEqual([": following\n\n"]);
  await read();
  expect(sent.slice(1)).toEqual(["event: reset\ndata: {}\n\n"]);
  client.add([{ kind: "run", id: "after" }]);
  await read();
  expect(sent.slice(2)).toEqual(['event: change\ndata: {"changes":[{"kind":"run","id":"after"}]}\n\n']);
  client.close();
  vi.useRealTimers();
});
