import { Random } from "@flightdeck/core";
import { endpoints } from "@flightdeck/protocol";
import { describe, expect, test } from "vitest";
import { DEFAULT_RETRY_POLICY, mayRetry, parseRetryAfter, retryDelayMs } from "./retry.ts";

describe("mayRetry", () => {
  test.each([
    ["what never left", endpoints.createRun, { unsent: true }, true],
    ["a refusal", endpoints.createRun, { status: 429 }, true],
    ["a refusal", endpoints.createRun, { status: 503 }, true],
    ["a read after a failure", endpoints.getRun, { status: 500 }, true],
    ["a read without an answer", endpoints.getRun, {}, true],
    ["an overwrite after a failure", endpoints.logBatch, { status: 502 }, true],
    ["an overwrite without an answer", endpoints.logBatch, {}, true],
    ["a creation that may have happened", endpoints.createRun, { status: 500 }, false],
    ["a creation without an answer", endpoints.createRun, {}, false],
    ["a deletion without an answer", endpoints.deleteTag, {}, false],
    ["a caller's mistake", endpoints.getRun, { status: 404 }, false],
    ["what is not built", endpoints.getRun, { status: 501 }, false],
  ])("%s", (_, endpoint, failure, expected) => {
    expect(mayRetry(endpoint, failure)).toBe(expected);
  });
});

describe("retryDelayMs", () => {
  test("doubles the upper bound up to the maximum, with full jitter", () => {
    const random = new Random(1);
    for (let attempt = 1; attempt <= 12; attempt++) {
      const ceiling = Math.min(200 * 2 ** (attempt - 1), 10_000);
      const delays = Array.from({ length: 200 }, () =>
        retryDelayMs(DEFAULT_RETRY_POLICY, attempt, undefined, random),
      );
      expect(Math.max(...delays)).toBeLessThan(ceiling);
      expect(Math.max(...delays)).toBeGreaterThan(0.9 * ceiling);
      expect(Math.min(...delays)).toBeLessThan(0.1 * ceiling);
    }
  });

  test("follows the server's Retry-After up to a limit", () => {
    expect(retryDelayMs(DEFAULT_RETRY_POLICY, 1, 3000, new Random(1))).toBe(3000);
    expect(retryDelayMs(DEFAULT_RETRY_POLICY, 1, 3_600_000, new Random(1))).toBe(60_000);
  });
});

test.each([
  [null, undefined],
  ["2", 2000],
  ["Thu, 01 Jan 1970 00:00:05 GMT", 4000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["soon", undefined],
])("Retry-After: %s", (header, expected) => {
  expect(parseRetryAfter(header, 1000)).toBe(expected);
});
