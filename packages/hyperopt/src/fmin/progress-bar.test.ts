import { expect, test } from "vitest";
import { JOB_STATE_DONE, STATUS_OK } from "../trials/states.ts";
import { newTrial, type Trial } from "../trials/trial.ts";
import { progressBar } from "./progress-bar.ts";

function ended(tid: number, loss: number): Trial {
  const trial = newTrial({ tid, assignment: {} });
  trial.state = JOB_STATE_DONE;
  trial.result = { status: STATUS_OK, loss };
  return trial;
}

function shown(isTTY: boolean, maxEvals: number | undefined): string {
  let nowMs = 0;
  let text = "";
  const stream = { isTTY, columns: 200, write: (part: string): unknown => (text += part) };
  const bar = progressBar(stream, { nowMs: () => nowMs });
  for (let tid = 0; tid < 4; tid++) {
    nowMs += 4000;
    bar.show(ended(tid, 4 - tid), { finishedCount: tid + 1, maxEvals, bestLoss: 4 - tid });
  }
  bar.end();
  return text;
}

test("without a terminal, writes a line at most every ten seconds and always the last one", () => {
  expect(shown(false, 4)).toBe(
    "1/4 trials, 0.250 trials/s, trial 0: loss 4, best 4\n4/4 trials, 0.250 trials/s, trial 3: loss 1, best 1\n",
  );
});

test("on a terminal, redraws one line, with a bar when the end is known", () => {
  const bounded = shown(true, 4);
  expect(bounded.split("\r")).toHaveLength(5);
  expect(bounded).toContain("[############------------] 2/4 trials");
  expect(bounded.endsWith("\n")).toBe(true);
  expect(shown(true, undefined)).not.toContain("[#");
});
