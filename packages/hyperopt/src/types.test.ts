import { describe, expect, expectTypeOf, test } from "vitest";
import type { Objective } from "./executor/objective.ts";
import {
  fmin,
  type FminOptions,
  hp,
  processExecutor,
  rand,
  type SpaceValue,
  STATUS_FAIL,
  STATUS_OK,
  type TrackOptions,
  tpe,
  Trials,
  workerModule,
} from "./index.ts";

/*
 * Checks what the compiler accepts and refuses. The calls below are never made. If a line compiles that should not, `tsc` reports
 * its `@ts-expect-error` as unused.
 */

const space = {
  depth: hp.uniformint("depth", 1, 9),
  model: hp.choice("model", [
    { kind: "forest", trees: hp.randint("trees", 10, 20) },
    { kind: "linear", penalty: hp.loguniform("penalty", -5, 0) },
  ]),
};
type Point = SpaceValue<typeof space>;
const fn = ({ depth }: Point): number => depth;

/** Compiled but not called. */
function types(_calls: () => unknown): void {}

test("a point has the type that its space gives it", () => {
  expectTypeOf<Point["depth"]>().toEqualTypeOf<number>();
  expectTypeOf<Point["model"]["kind"]>().toEqualTypeOf<"forest" | "linear">();
  types(() => fmin({ fn, space, maxEvals: 1 }));
  types(() =>
    fmin({
      fn: ({ model }) => (model.kind === "forest" ? model.trees : model.penalty),
      space,
      maxEvals: 1,
    }),
  );
});

describe("refused by the compiler", () => {
  test("spaces and values", () => {
    // @ts-expect-error -- a label is a string
    types(() => hp.uniform(1, 0, 1));
    // @ts-expect-error -- bounds are numbers
    types(() => hp.uniform("x", "0", 1));
    // @ts-expect-error -- quniform needs its q
    types(() => hp.quniform("x", 0, 1));
    // @ts-expect-error -- a choice has a list of options
    types(() => hp.choice("x", "a"));
    // @ts-expect-error -- pchoice needs probabilities
    types(() => hp.pchoice("x", ["a", "b"]));
    // @ts-expect-error -- the space has no width
    types(() => fmin({ fn: ({ width }: { width: number }) => width, space, maxEvals: 1 }));
    // @ts-expect-error -- only a forest has trees
    types(() => fmin({ fn: ({ model }) => model.trees, space, maxEvals: 1 }));
    expect(space).toBeDefined();
  });

  test("results of an objective", () => {
    // @ts-expect-error -- a string is not a loss
    types(() => fmin({ fn: () => "0.1", space, maxEvals: 1 }));
    // @ts-expect-error -- undefined is not a result
    types(() => fmin({ fn: () => {}, space, maxEvals: 1 }));
    // @ts-expect-error -- status ok needs a loss
    const withoutLoss: Objective<Point> = () => ({ status: STATUS_OK });
    // @ts-expect-error -- an unknown status
    const unknownStatus: Objective<Point> = () => ({ status: "great", loss: 1 });
    const failed: Objective<Point> = () => ({ status: STATUS_FAIL });
    expect([withoutLoss, unknownStatus, failed]).toHaveLength(3);
  });

  test("options of fmin", () => {
    // @ts-expect-error -- the name of an algorithm is not an algorithm
    types(() => fmin({ fn, space, algo: "tpe", maxEvals: 1 }));
    // @ts-expect-error -- the module `rand` is not its suggest
    types(() => fmin({ fn, space, algo: rand, maxEvals: 1 }));
    // @ts-expect-error -- unknown setting
    types(() => tpe.suggest.with({ candidates: 3 }));
    // @ts-expect-error -- maxEvals is a number
    types(() => fmin({ fn, space, maxEvals: "10" }));
    // @ts-expect-error -- an array of documents is not a Trials
    types(() => fmin({ fn, space, maxEvals: 1, trials: [] }));
    // @ts-expect-error -- trials.fmin takes no trials
    types(() => new Trials().fmin({ fn, space, maxEvals: 1, trials: new Trials() }));
    expectTypeOf<FminOptions<typeof space>["maxEvals"]>().toEqualTypeOf<number | undefined>();
  });

  test("modules for a different type of point", () => {
    types(() => fmin({ fn: workerModule<Point>("./a.ts"), space, executor: processExecutor, maxEvals: 1 }));
    types(() => fmin({ fn: workerModule<{ depth: number }>("./a.ts"), space, maxEvals: 1 }));
    // @ts-expect-error -- the space has no width
    types(() => fmin({ fn: workerModule<{ width: number }>("./a.ts"), space, maxEvals: 1 }));
    // @ts-expect-error -- executor is a factory
    types(() => fmin({ fn, space, executor: "threads", maxEvals: 1 }));
    expect(processExecutor).toBeDefined();
  });

  test("incomplete or contradictory tracking options", () => {
    const named: TrackOptions = { experiment: "a", runName: "b" };
    const byId: TrackOptions = { runId: "0" };
    // @ts-expect-error -- runName is missing
    const withoutName: TrackOptions = { experiment: "a" };
    // @ts-expect-error -- runId cannot be combined with experiment and runName
    const both: TrackOptions = { experiment: "a", runName: "b", runId: "0" };
    expect([named, byId, withoutName, both]).toHaveLength(4);
  });
});
