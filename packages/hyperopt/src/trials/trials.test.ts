import { beforeEach, describe, expect, test } from "vitest";
import {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
} from "./states.ts";
import { STATUS_FAIL, STATUS_OK } from "./states.ts";
import { newTrial, type Trial, type TrialResult } from "./trial.ts";
import { trialsFromDocs } from "./trials.ts";
import { Trials } from "./trials.ts";

function done(tid: number, x: number, result: TrialResult): Trial {
  return { ...newTrial({ tid, assignment: { x }, labels: ["x", "y"] }), state: JOB_STATE_DONE, result };
}

const ok = (tid: number, loss: number): Trial => done(tid, tid / 10, { status: STATUS_OK, loss });

describe("Trials", () => {
  let trials: Trials;
  beforeEach(() => {
    trials = trialsFromDocs([ok(0, 3), ok(1, 1), done(2, 0.2, { status: STATUS_FAIL, loss: 0 }), ok(3, 1)]);
  });

  test("returns its documents by column", () => {
    expect(trials).toHaveLength(4);
    expect([...trials].map(({ tid }) => tid)).toEqual([0, 1, 2, 3]);
    expect(trials.tids).toEqual([0, 1, 2, 3]);
    expect(trials.losses()).toEqual([3, 1, 0, 1]);
    expect(trials.statuses()).toEqual(["ok", "ok", "fail", "ok"]);
    expect(trials.results[0]).toEqual({ status: "ok", loss: 3 });
    expect(trials.specs).toEqual([null, null, null, null]);
    expect(trials.vals).toEqual({ x: [0, 0.1, 0.2, 0.3], y: [] });
    expect(trials.idxs).toEqual({ x: [0, 1, 2, 3], y: [] });
    expect(trials.miscs[1]).toMatchObject({ tid: 1, idxs: { x: [1], y: [] }, vals: { x: [0.1], y: [] } });
  });

  test("the best trial is the first with the smallest loss among those with status ok", () => {
    expect(trials.bestTrial.tid).toBe(1);
    expect(trials.argmin).toEqual({ x: 0.1 });
    expect(trialsFromDocs([ok(0, Number.NaN), ok(1, 5)]).bestTrial.tid).toBe(1);
  });

  test("there is no best trial without one that has status ok", () => {
    const failed = trialsFromDocs([done(0, 0, { status: STATUS_FAIL })]);
    expect(() => failed.argmin).toThrow("AllTrialsFailed: none of 1 trials ended with status ok and a loss");
    expect(() => new Trials().bestTrial).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
  });

  test("documents become visible with refresh, failed and cancelled ones never", () => {
    trials.insertTrialDocs([newTrial({ tid: 4, assignment: { x: 1 } })]);
    expect(trials).toHaveLength(4);
    trials.refresh();
    expect(trials).toHaveLength(5);
    trials.trials[4]!.state = JOB_STATE_RUNNING;
    trials.trials[0]!.state = JOB_STATE_ERROR;
    trials.trials[1]!.state = JOB_STATE_CANCEL;
    expect(trials.countByStateSynced(JOB_STATE_ERROR)).toBe(1);
    trials.refresh();
    expect(trials.tids).toEqual([2, 3, 4]);
    expect(trials.countByStateSynced(JOB_STATE_ERROR)).toBe(0);
    expect(trials.countByStateUnsynced([JOB_STATE_ERROR, JOB_STATE_CANCEL])).toBe(2);
    expect(trials.docsInState(JOB_STATE_RUNNING).map(({ tid }) => tid)).toEqual([4]);
  });

  test("ids are never reused, even after deleteAll", () => {
    expect(trials.newTrialIds(2)).toEqual([4, 5]);
    trials.deleteAll();
    expect(trials).toHaveLength(0);
    expect(trials.newTrialIds(1)).toEqual([6]);
  });

  test("refuses invalid and foreign documents", () => {
    expect(() => trials.insertTrialDocs([ok(3, 1)])).toThrow("InvalidTrial: tid 3 is already in use");
    expect(() => trials.insertTrialDocs([{ ...ok(8, 1), tid: 9 }])).toThrow(
      "misc.tid must be the trial's tid 9",
    );
    expect(() => new Trials({ expKey: "e" }).insertTrialDocs([ok(0, 1)])).toThrow(
      "expKey must be e, got null",
    );
    expect(() => trials.insertTrialDocs([ok(7, 1), ok(7, 2)])).toThrow("tid 7 is already in use");
    expect(trials.countByStateUnsynced(JOB_STATE_DONE)).toBe(4);
  });

  test("attachments belong to one trial", () => {
    const [first, second] = trials.trials;
    trials.trialAttachments(first!).set("plot", "bytes");
    expect(trials.trialAttachments(first!).find("plot")).toBe("bytes");
    expect(trials.trialAttachments(second!).has("plot")).toBe(false);
    expect(trials.attachments.get("ATTACH::0::plot")).toBe("bytes");
    expect(trials.trialAttachments(first!).delete("plot")).toBe(true);
  });

  test("the average best error is the best true loss, or an average over losses that may be the smallest", () => {
    const exact = [
      done(0, 0, { status: STATUS_OK, loss: 2, trueLoss: 20 }),
      done(1, 0, { status: STATUS_OK, loss: 1, trueLoss: 10 }),
      done(2, 0, { status: STATUS_FAIL }),
    ];
    expect(trialsFromDocs(exact).averageBestError()).toBe(10);
    const noisy = [1, 1, 90].map((loss, tid) =>
      done(tid, 0, { status: STATUS_OK, loss, lossVariance: 1, trueLoss: tid === 0 ? 10 : 20 }),
    );
    expect(trialsFromDocs(noisy).averageBestError()).toBeGreaterThan(14);
    expect(trialsFromDocs(noisy).averageBestError()).toBeLessThan(16);
    expect(() => new Trials().averageBestError()).toThrow("AllTrialsFailed");
  });
});

describe("JSON", () => {
  test("keeps every document, state, loss and attachment", () => {
    const failed: Trial = { ...newTrial({ tid: 2, assignment: { x: 0 } }), state: JOB_STATE_ERROR };
    failed.misc.error = ["TypeError", "no"];
    const docs = [
      ok(0, Number.POSITIVE_INFINITY),
      done(1, 1, {
        status: STATUS_OK,
        loss: Number.NaN,
        lossVariance: 0.5,
        trueLoss: 2,
        note: { deep: [1] },
      }),
      failed,
      { ...newTrial({ tid: 3, assignment: { x: 0 } }), bookTime: 5, refreshTime: 6 },
    ];
    const trials = trialsFromDocs(docs);
    trials.trialAttachments(docs[0]!).set("log", "line");
    const again = Trials.fromJSON(JSON.parse(JSON.stringify(trials)));
    expect(again.trials).toEqual(trials.trials);
    expect(again.docsInState(JOB_STATE_ERROR)).toEqual([failed]);
    expect(again.trialAttachments(docs[0]!).find("log")).toBe("line");
    expect(again.newTrialIds(1)).toEqual([4]);
  });

  test("has hyperopt's field names", () => {
    const trials = trialsFromDocs([done(0, 1, { status: STATUS_OK, loss: 1, trueLoss: 2 })]);
    const [doc] = trials.toJSON().trials;
    expect(doc).toEqual({
      state: 2,
      tid: 0,
      spec: null,
      result: { status: "ok", loss: 1, true_loss: 2 },
      misc: {
        tid: 0,
        cmd: ["domain_attachment", "FMinIter_Domain"],
        workdir: null,
        idxs: { x: [0], y: [] },
        vals: { x: [1], y: [] },
      },
      exp_key: null,
      owner: null,
      version: 0,
      book_time: null,
      refresh_time: null,
    });
  });

  const wire = (): Record<string, unknown> => {
    const json: unknown = JSON.parse(
      JSON.stringify(trialsFromDocs([newTrial({ tid: 0, assignment: { x: 1 } })])),
    );
    return (json as { trials: Record<string, unknown>[] }).trials[0]!; // The output of toJSON.
  };
  const broken: readonly (readonly [message: string, doc: unknown])[] = [
    ["trial must be an object, got 7", 7],
    ["tid must be an integer, got undefined", { ...wire(), tid: undefined }],
    ["state must be one of 0, 1, 2, 3, 4, got 9", { ...wire(), state: 9 }],
    ["result.status must be one of new, running", { ...wire(), result: { status: "fine" } }],
    ['result.loss must be a number, got "x"', { ...wire(), result: { status: "ok", loss: "x" } }],
    ["misc.vals must be an object", { ...wire(), misc: { tid: 0, idxs: {}, vals: [] } }],
    [
      "misc.vals.x must be [] or [value], got [1,2]",
      { ...wire(), misc: { tid: 0, idxs: {}, vals: { x: [1, 2] } } },
    ],
    ["misc.tid must be the trial's tid 0, got 1", { ...wire(), misc: { tid: 1, idxs: {}, vals: {} } }],
  ];

  test.each(broken)("refuses a document where %s", (message, doc) => {
    expect(() => Trials.fromJSON({ trials: [doc] })).toThrow(`InvalidTrial: ${message}`);
  });

  test("refuses values that are not a Trials document", () => {
    expect(() => Trials.fromJSON(null)).toThrow("InvalidTrial: trials document must be an object, got null");
    expect(() => Trials.fromJSON({ exp_key: 7 })).toThrow("exp_key must be a string or null, got 7");
    expect(() => Trials.fromJSON({})).toThrow("InvalidTrial: trials must be an array");
  });
});

test("a new trial records inactive labels as empty", () => {
  const trial = newTrial({ tid: 4, assignment: { a: 1 }, labels: ["a", "b"] });
  expect(trial.state).toBe(JOB_STATE_NEW);
  expect(trial.misc.vals).toEqual({ a: [1], b: [] });
  expect(trial.misc.idxs).toEqual({ a: [4], b: [] });
});
