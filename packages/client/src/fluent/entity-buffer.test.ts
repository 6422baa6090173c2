import { LIMITS, type RunBatch } from "@flightdeck/protocol";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { EntityBuffer } from "./entity-buffer.ts";

function metric(step: number): RunBatch["metrics"][number] {
  return { key: "loss", value: step, timestampMs: 0, step };
}

function metrics(count: number): Partial<RunBatch> {
  return { metrics: Array.from({ length: count }, (_, step) => metric(step)) };
}

type Recorder = { readonly buffer: EntityBuffer; readonly batches: RunBatch[] };

function recorder(flushDelayMs: number): Recorder {
  const batches: RunBatch[] = [];
  const send = async (batch: RunBatch): Promise<void> => {
    await sleep(1);
    batches.push(batch);
  };
  return { batches, buffer: new EntityBuffer({ flushDelayMs, send }) };
}

const NEVER_MS = 2 ** 30;

describe("EntityBuffer", () => {
  test("sends the waiting entries in one batch on flush", async () => {
    const { buffer, batches } = recorder(NEVER_MS);
    buffer.add({ params: [{ key: "a", value: "1" }] });
    buffer.add({ metrics: [metric(1)], tags: [{ key: "t", value: "v" }] });
    expect(batches).toEqual([]);
    await buffer.flush();
    expect(batches).toEqual([
      { params: [{ key: "a", value: "1" }], tags: [{ key: "t", value: "v" }], metrics: [metric(1)] },
    ]);
    await buffer.flush();
    expect(batches).toHaveLength(1);
  });

  test("sends by itself after the flush delay", async () => {
    const { buffer, batches } = recorder(1);
    buffer.add(metrics(3));
    await expect.poll(() => batches.length).toBe(1);
  });

  test("keeps every batch within the server's limits, and the entries in order", async () => {
    const { buffer, batches } = recorder(NEVER_MS);
    buffer.add(metrics(2500));
    buffer.add({ params: Array.from({ length: 250 }, (_, i) => ({ key: `p${i}`, value: "1" })) });
    buffer.add({ tags: Array.from({ length: 150 }, (_, i) => ({ key: `t${i}`, value: "1" })) });
    await buffer.flush();
    for (const batch of batches) {
      expect(batch.params.length).toBeLessThanOrEqual(LIMITS.batchParamsMax);
      expect(batch.tags.length).toBeLessThanOrEqual(LIMITS.batchTagsMax);
      const size = batch.params.length + batch.tags.length + batch.metrics.length;
      expect(size).toBeLessThanOrEqual(LIMITS.batchEntitiesMax);
    }
    expect(batches.flatMap((batch) => batch.metrics)).toEqual(metrics(2500).metrics);
    expect(batches.flatMap((batch) => batch.params)).toHaveLength(250);
    expect(batches.flatMap((batch) => batch.tags)).toHaveLength(150);
  });

  test("sends one batch at a time", async () => {
    let underWay = 0;
    const send = async (): Promise<void> => {
      expect(++underWay).toBe(1);
      await sleep(1);
      underWay--;
    };
    const buffer = new EntityBuffer({ send });
    for (let i = 0; i < 5000; i++) buffer.add({ metrics: [metric(i)] });
    await Promise.all([buffer.flush(), buffer.flush()]);
  });

  test("every call after a failure throws it", async () => {
    const failure = new TypeError("refused");
    const buffer = new EntityBuffer({ send: () => Promise.reject(failure) });
    buffer.add(metrics(1000));
    await expect(buffer.flush()).rejects.toBe(failure);
    expect(() => buffer.add(metrics(1))).toThrow(failure);
    await expect(buffer.flush()).rejects.toBe(failure);
  });

  test("sends only the last value of a tag", async () => {
    const { buffer, batches } = recorder(NEVER_MS);
    buffer.add({ tags: [{ key: "t", value: "1" }] });
    buffer.add({ tags: [{ key: "t", value: "2" }] });
    await buffer.flush();
    expect(batches[0]?.tags).toEqual([{ key: "t", value: "2" }]);
  });

  test("a param may be repeated with the same value, never with another", async () => {
    const { buffer, batches } = recorder(NEVER_MS);
    const param = { key: "a", value: "1" };
    buffer.add({ params: [param, param] });
    await buffer.flush();
    buffer.add({ params: [param] });
    await buffer.flush();
    expect(batches.map((batch) => batch.params)).toEqual([[param]]);
    expect(() => buffer.add({ params: [{ key: "a", value: "2" }] })).toThrow(
      "Changing param values is not allowed. Param with key='a' was already logged with value='1'.",
    );
  });

  test("refuses more entries than its limit", () => {
    const { buffer } = recorder(NEVER_MS);
    const many = metrics(100_000);
    expect(() => {
      for (let i = 0; i < 11; i++) buffer.add(many);
    }).toThrow("call await run.flush() in between");
  });
});
