import { once } from "node:events";
import { expect, test } from "vitest";
import { untilAborted, watchStopSignals } from "./stop-signals.ts";

/** Signals that this very process sends to itself are delivered at a later turn. */
async function send(signal: NodeJS.Signals): Promise<void> {
  const delivered = once(process, signal);
  process.kill(process.pid, signal);
  await delivered;
}

test("the first signal stops politely, one that comes with it is the same press, a later one kills", async () => {
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
