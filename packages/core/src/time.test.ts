import { expect, test } from "vitest";
import { settleWithin, sleep, throwIfAborted, unlessAborted, untilAborted } from "./time.ts";

test("sleep rejects with CANCELLED as soon as the signal fires", async () => {
  const controller = new AbortController();
  const waiting = sleep(60_000, controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(sleep(60_000, controller.signal)).rejects.toMatchObject({ code: "CANCELLED" });
});

test("throwIfAborted throws only after the signal has fired", () => {
  const controller = new AbortController();
  throwIfAborted(controller.signal);
  controller.abort();
  expect(() => throwIfAborted(controller.signal)).toThrow("cancelled");
});

test("untilAborted resolves when the signal fires, or immediately if it already has", async () => {
  const controller = new AbortController();
  const waiting = untilAborted(controller.signal);
  controller.abort();
  await waiting;
  await untilAborted(controller.signal);
});

test("unlessAborted settles like the promise, or rejects with CANCELLED if the signal fires first", async () => {
  const controller = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), controller.signal)).toBe(1);
  expect(await unlessAborted(Promise.resolve(2), undefined)).toBe(2);
  await expect(unlessAborted(Promise.reject(new TypeError("own")), controller.signal)).rejects.toThrow("own");
  const waiting = unlessAborted(new Promise(() => undefined), controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(unlessAborted(new Promise(() => undefined), controller.signal)).rejects.toThrow("cancelled");
});

test("settleWithin waits until all have settled, or until the time is over", async () => {
  let hasSettled = false;
  const slow = sleep(20).then(() => (hasSettled = true));
  await settleWithin(60_000, slow, Promise.reject(new TypeError("own")));
  expect(hasSettled).toBe(true);
  await settleWithin(1, new Promise(() => undefined));
});
