import { expect, test } from "vitest";
import { answeringServer } from "../testing/answering-server.ts";
import { DEFAULT_RETRY_POLICY, retryingFetch } from "./retry.ts";

const fetchFast = retryingFetch(fetch, { ...DEFAULT_RETRY_POLICY, delayBaseMs: 1, attemptsMax: 3 });

test("reads are repeated after a lost connection and a temporary failure", async () => {
  const { url, seen } = await answeringServer({}, { status: 502 }, { status: 200, body: "here" });
  expect(await (await fetchFast(url)).text()).toBe("here");
  expect(seen).toHaveLength(3);
});

test("the last failure is returned", async () => {
  const { url, seen } = await answeringServer({ status: 500 });
  expect((await fetchFast(url)).status).toBe(500);
  expect(seen).toHaveLength(3);
});

test("writes are sent once", async () => {
  const { url, seen } = await answeringServer({ status: 503 });
  expect((await fetchFast(url, { method: "PUT", body: "x" })).status).toBe(503);
  expect(seen).toHaveLength(1);
});
