import { LIMITS, type Run } from "@flightdeck/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileSpace } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import { JOB_STATE_DONE, JOB_STATE_ERROR, STATUS_OK } from "../trials/states.ts";
import { newTrial, type Trial } from "../trials/trial.ts";
import { beginningTags, endingEntries, endingStatus, paramsReader, trialFromRun } from "./trial-record.ts";

const info: Run["info"] = {
  runId: "0123",
  experimentId: "0",
  runName: "trial",
  userId: "",
  status: "RUNNING",
  startTimeMs: 0,
  artifactUri: "",
  lifecycleStage: "active",
};

/** A run with the given tags; later tags override earlier ones. */
function runOf(...tags: readonly { readonly key: string; readonly value: string }[]): Run {
  const byKey = new Map(tags.map(({ key, value }) => [key, value]));
  const data = { tags: [...byKey].map(([key, value]) => ({ key, value })), params: [], metrics: [] };
  return { info, data, inputs: { datasetInputs: [], modelInputs: [] }, outputs: { modelOutputs: [] } };
}

/** JSON does not distinguish −0 from 0. */
const number = fc.double().map((value) => value + 0);
const trials = fc
  .record({
    tid: fc.nat(1e6),
    assignment: fc.dictionary(
      fc.string({ minLength: 1 }).filter((label) => label !== "__proto__"),
      number,
    ),
    loss: number,
    note: fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.constant("ü🎈".repeat(9000))),
    error: fc.option(fc.tuple(fc.string(), fc.string()), { nil: undefined }),
  })
  .map(({ tid, assignment, loss, note, error }): Trial => {
    const trial = newTrial({ tid, assignment });
    trial.state = error === undefined ? JOB_STATE_DONE : JOB_STATE_ERROR;
    trial.result = { status: STATUS_OK, loss, note };
    trial.bookTime = 1;
    trial.refreshTime = 2;
    if (error !== undefined) trial.misc.error = error;
    return trial;
  });

test("a trial is read back from its run unchanged, whatever its labels, numbers and strings", () => {
  fc.assert(
    fc.property(trials, (trial) => {
      const begun = newTrial({ tid: trial.tid, assignment: {} });
      const tags = [...beginningTags(begun), ...(endingEntries(trial).tags ?? [])];
      for (const { value } of tags) expect(value.length).toBeLessThanOrEqual(LIMITS.tagValueCharsMax);
      expect(trialFromRun(runOf(...tags))).toEqual(trial);
      expect(trialFromRun(runOf(...beginningTags(begun)))).toEqual(begun);
    }),
    { numRuns: 300 },
  );
});

test("values that are too long or that JSON cannot express are left out of the result; the loss stays", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  for (const extra of [circular, 1n, "x".repeat(1e6)]) {
    const trial = {
      ...newTrial({ tid: 1, assignment: { x: 1 } }),
      result: { status: STATUS_OK, loss: 3, extra },
    };
    const read = trialFromRun(runOf(...beginningTags(trial)));
    expect(read?.result).toEqual({ status: STATUS_OK, loss: 3 });
  }
});

test("a run that is not a trial is ignored, and one with a broken document is named", () => {
  expect(trialFromRun(runOf({ key: "flightdeck.search", value: "fmin" }))).toBeUndefined();
  const broken = runOf(
    { key: "flightdeck.trial", value: "1" },
    { key: "flightdeck.trial.document.0", value: "{" },
  );
  expect(() => trialFromRun(broken)).toThrow("the trial of run 0123 cannot be read");
});

test("params are shown in readable form", () => {
  const space = {
    x: hp.uniform("x", 0, 1),
    kind: hp.choice("kind", ["narrow", { deep: hp.choice("deep", [7, true]) }]),
  };
  const domain = compileSpace(space);
  const trial = newTrial({ tid: 0, assignment: { x: 0.25, kind: 1, deep: 0 } });
  expect(paramsReader(domain, undefined)(trial)).toEqual([
    { key: "x", value: "0.25" },
    { key: "kind", value: "1" },
    { key: "deep", value: "7" },
  ]);
  expect(paramsReader(domain, ({ x }) => ({ percent: x * 100 }))(trial)).toEqual([
    { key: "percent", value: "25" },
  ]);
  expect(endingStatus({ ...trial, state: JOB_STATE_DONE })).toBe("FINISHED");
});
