import { expect, test } from "vitest";
import { sleep, throwIfAborted } from "./cancellation.ts";

test("sleep rejects with CANCELLED as soon as the signal fires", async () => {
  const controller = new AbortController();
  const waiting = sleep(60_000, controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(sleep(60_000, controller.signal)).rejects.toMatchObject({ code: "CANCELLED" });
});

test("throwIfAborted throws only after the signal fired", () => {
  const controller = new AbortController();
  throwIfAborted(controller.signal);
  controller.abort();
  expect(() => throwIfAborted(controller.signal)).toThrow("cancelled");
});
