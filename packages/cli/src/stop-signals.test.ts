import { once } from "node:events";
import { expect, test } from "vitest";
import { untilAborted } from "@flightdeck/core";
import { watchStopSignals } from "./stop-signals.ts";

/** A process that signals itself receives the signal in a later turn of the event loop. */
async function send(signal: NodeJS.Signals): Promise<void> {
  const delivered = once(process, signal);
  process.kill(process.pid, signal);
  await delivered;
}

test("the first signal stops politely, another at the same moment counts as the same key press, a later one kills", async () => {
  let nowMs = 0;
  const stop = watchStopSignals({ nowMs: () => nowMs });
  try {
    expect(stop.received()).toBeUndefined();
    await send("SIGHUP");
    await untilAborted(stop.signal);
    nowMs = 400;
    await send("SIGTERM");
    expect(stop.received()).toBe("SIGHUP");
    expect(stop.killSignal.aborted).toBe(false);
    nowMs = 600;
    await send("SIGHUP");
    expect(stop.killSignal.aborted).toBe(true);
  } finally {
    stop.dispose();
  }
});
