import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { expect, test } from "vitest";
import { followJobRun, JobRunFollower } from "./follow-job-run.ts";
import { WorkspaceClient } from "./workspace-client.ts";

type Look = { readonly state: string; readonly log: string };

/** A workspace whose run advances one step with each poll. */
async function workspaceWith(looks: readonly Look[], hasLogs: boolean): Promise<WorkspaceClient> {
  let look = -1;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    };
    const now = looks[Math.min((look += url.pathname.endsWith("/runs/get") ? 1 : 0), looks.length - 1)];
    if (url.pathname.endsWith("/runs/get")) {
      if (now?.state === "OUTAGE")
        return answer(503, { error_code: "TEMPORARILY_UNAVAILABLE", message: "down" });
      return answer(200, { run_id: 7, state: { life_cycle_state: now?.state, state_message: "m" } });
    }
    if (now?.state === "OUTAGE")
      return answer(503, { error_code: "TEMPORARILY_UNAVAILABLE", message: "down" });
    if (!hasLogs) return answer(404, { error_code: "ENDPOINT_NOT_FOUND", message: "no" });
    const log = url.searchParams.get("stream") === "stdout" ? (now?.log ?? "") : "";
    const offset = Number(url.searchParams.get("offset"));
    const text = log.slice(offset, offset + 3); // In pieces, as a server sends long logs.
    answer(200, { text, next_offset: offset + text.length, size: log.length, is_complete: false });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // The address of a TCP server is an object.
  return new WorkspaceClient({ trackingUri: `http://127.0.0.1:${port}`, retry: { attemptsMax: 1 } });
}

const LOOKS = [
  { state: "QUEUED", log: "" },
  { state: "RUNNING", log: "one " },
  { state: "RUNNING", log: "one two " },
  { state: "TERMINATED", log: "one two three" },
];

test("reports states and output as they arrive, and all output before the end", async () => {
  const { jobs } = await workspaceWith(LOOKS, true);
  const [states, pieces]: [string[], string[]] = [[], []];
  const run = await followJobRun(jobs, 7, {
    pauseMaxMs: 1,
    onState: ({ state }) => states.push(state.life_cycle_state),
    onOutput: (text, stream) => pieces.push(`${stream}:${text}`),
  });
  expect(run.state.life_cycle_state).toBe("TERMINATED");
  expect(states).toEqual(["QUEUED", "RUNNING", "TERMINATED"]);
  expect(pieces.map((piece) => piece.replace("stdout:", "")).join("")).toBe("one two three");
});

test("reports only states on a workspace without the endpoint for logs", async () => {
  const { jobs } = await workspaceWith(LOOKS, false);
  const run = await followJobRun(jobs, 7, { pauseMaxMs: 1, onOutput: () => expect.unreachable() });
  expect(run.state.life_cycle_state).toBe("TERMINATED");
});

test("a signal stops the wait", async () => {
  const { jobs } = await workspaceWith([{ state: "RUNNING", log: "" }], true);
  const stop = new AbortController();
  const following = followJobRun(jobs, 7, { signal: stop.signal, onState: () => stop.abort() });
  await expect(following).rejects.toMatchObject({ code: "CANCELLED" });
});

const OUTAGE = [
  { state: "RUNNING", log: "one " },
  { state: "OUTAGE", log: "" },
  { state: "RUNNING", log: "one two " },
  { state: "TERMINATED", log: "one two three" },
];

test("repeats neither states nor output after an outage of the workspace", async () => {
  const { jobs } = await workspaceWith(OUTAGE, true);
  const [states, pieces]: [string[], string[]] = [[], []];
  await followJobRun(jobs, 7, {
    pauseMaxMs: 1,
    onState: ({ state }) => states.push(state.life_cycle_state),
    onOutput: (text) => pieces.push(text),
  });
  expect(states).toEqual(["RUNNING", "TERMINATED"]);
  expect(pieces.join("")).toBe("one two three");
});

test("throws when an outage lasts too long", async () => {
  const { jobs } = await workspaceWith([{ state: "OUTAGE", log: "" }], true);
  const following = followJobRun(jobs, 7, { pauseMaxMs: 1, outageMaxMs: 0 });
  await expect(following).rejects.toMatchObject({ code: "TEMPORARILY_UNAVAILABLE" });
});

test("a stopped wait resumes where it left off", async () => {
  const { jobs } = await workspaceWith(LOOKS, true);
  const pieces: string[] = [];
  const stop = new AbortController();
  const follower = new JobRunFollower(jobs, 7, {
    pauseMaxMs: 1,
    onOutput: (text) => {
      pieces.push(text);
      stop.abort();
    },
  });
  await expect(follower.untilEnded(stop.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  await follower.untilEnded();
  expect(pieces.join("")).toBe("one two three");
});
