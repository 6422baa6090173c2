import { expect, expectTypeOf, test } from "vitest";
import * as hp from "./hp.ts";
import { spaceEval } from "./space-eval.ts";
import type { SpaceValue } from "./space-value.ts";

const now = new Date(0);
const metric = (x: number): number => x;
const space = {
  kind: hp.choice("kind", ["gini", { entropy: hp.uniform("e", 0, 1), fixed: [1, "two"] }]),
  depth: hp.uniformint("depth", 2, 9),
  weights: [hp.normal("w", 0, 1), 7],
  loss: hp.pchoice("loss", [
    [0.5, null],
    [0.5, true],
  ]),
  now,
  metric,
};

test("replaces hyperparameters by values and keeps everything else", () => {
  expect(spaceEval(space, { kind: 1, e: 0.5, depth: 3, w: -1, loss: 0 })).toEqual({
    kind: { entropy: 0.5, fixed: [1, "two"] },
    depth: 3,
    weights: [-1, 7],
    loss: null,
    now,
    metric,
  });
  expect(spaceEval(space, { kind: 0, depth: 3, w: -1, loss: 1 }).kind).toBe("gini");
});

test("reports the label without a value and the index out of range", () => {
  expect(() => spaceEval(space, { kind: 0 })).toThrow('label "depth" needs a number, got undefined');
  expect(() => spaceEval(space, { kind: 2 })).toThrow('choice "kind" must be an option\'s index 0..1, got 2');
  expect(() => spaceEval(hp.choice("c", [1]), { c: 0.5 })).toThrow("got 0.5");
});

test("a single hyperparameter is a space too", () => {
  expect(spaceEval(hp.randint("n", 5), { n: 4 })).toBe(4);
  expect(spaceEval("constant", {})).toBe("constant");
});

test("the type of the value follows from the space", () => {
  type Value = SpaceValue<typeof space>;
  expectTypeOf<Value["depth"]>().toEqualTypeOf<number>();
  expectTypeOf<Value["kind"]>().toEqualTypeOf<"gini" | { entropy: number; fixed: [1, "two"] }>();
  expectTypeOf<Value["loss"]>().toEqualTypeOf<true | null>();
  expectTypeOf<Value["weights"]>().toEqualTypeOf<number[]>();
  expectTypeOf<Value["now"]>().toEqualTypeOf<Date>();
  expectTypeOf<Value["metric"]>().toEqualTypeOf<(x: number) => number>();
  expectTypeOf<SpaceValue<ReturnType<typeof hp.uniform>>>().toEqualTypeOf<number>();
});
