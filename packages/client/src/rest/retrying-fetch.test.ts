import { expect, test } from "vitest";
import { answeringServer } from "../testing/answering-server.ts";
import { DEFAULT_RETRY_POLICY } from "./retry-policy.ts";
import { retryingFetch } from "./retrying-fetch.ts";

const fetchFast = retryingFetch(fetch, { ...DEFAULT_RETRY_POLICY, delayBaseMs: 1, attemptsMax: 3 });

test("reads are repeated after a broken connection and a passing failure", async () => {
  const { url, seen } = await answeringServer({}, { status: 502 }, { status: 200, body: "here" });
  expect(await (await fetchFast(url)).text()).toBe("here");
  expect(seen).toHaveLength(3);
});

test("the last failure is the answer", async () => {
  const { url, seen } = await answeringServer({ status: 500 });
  expect((await fetchFast(url)).status).toBe(500);
  expect(seen).toHaveLength(3);
});

test("writes go out once", async () => {
  const { url, seen } = await answeringServer({ status: 503 });
  expect((await fetchFast(url, { method: "PUT", body: "x" })).status).toBe(503);
  expect(seen).toHaveLength(1);
});
