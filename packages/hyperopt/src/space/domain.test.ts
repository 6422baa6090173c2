import { expect, test } from "vitest";
import { activeAssignment, assignParameters } from "./assignment.ts";
import { compileSpace } from "./domain.ts";
import * as hp from "./hp.ts";

const nested = {
  model: hp.choice("model", [
    { name: "forest", depth: hp.uniformint("depth", 1, 9) },
    { name: "linear", penalty: hp.choice("penalty", ["none", { l2: hp.loguniform("l2", -5, 0) }]) },
  ]),
  rate: [hp.uniform("rate", 0, 1)],
};

test("finds every parameter, a choice before the parameters that depend on it", () => {
  const { parameters, roots } = compileSpace(nested);
  expect(parameters.map(({ label }) => label)).toEqual(["model", "depth", "penalty", "l2", "rate"]);
  expect(roots.map(({ label }) => label)).toEqual(["model", "rate"]);
});

test("only the parameters of the chosen options are active", () => {
  const domain = compileSpace(nested);
  const choose = (index: number): string[] =>
    Object.keys(assignParameters(domain, ({ branches }) => (branches.length > 0 ? index : 0.5)));
  expect(choose(0)).toEqual(["model", "depth", "rate"]);
  expect(choose(1)).toEqual(["model", "penalty", "l2", "rate"]);
});

test("a node that occurs in several places has one value", () => {
  const shared = hp.uniform("shared", 0, 1);
  const domain = compileSpace({ a: shared, b: hp.choice("b", [shared, { c: shared }]) });
  expect(domain.parameters.map(({ label }) => label)).toEqual(["shared", "b"]);
  expect(assignParameters(domain, ({ label }) => (label === "b" ? 1 : 0.25))).toEqual({ shared: 0.25, b: 1 });
});

test("two nodes with one label throw DuplicateLabel", () => {
  const space = [hp.uniform("x", 0, 1), { deep: hp.choice("c", [hp.normal("x", 0, 1), 1]) }];
  expect(() => compileSpace(space)).toThrow('DuplicateLabel: label "x" belongs to two hyperparameters');
});

test("a space that contains itself throws BadSearchSpace", () => {
  const space: Record<string, unknown> = { x: hp.uniform("x", 0, 1) };
  space["self"] = [space];
  expect(() => compileSpace(space)).toThrow("BadSearchSpace");
});

test("the active part of an assignment has exactly the active labels", () => {
  const domain = compileSpace(nested);
  expect(activeAssignment(domain, { model: 0, depth: 3, l2: 0.1, rate: 0.5 })).toEqual({
    model: 0,
    depth: 3,
    rate: 0.5,
  });
  expect(() => activeAssignment(domain, { model: 1, rate: 0.5 })).toThrow('label "penalty" needs a number');
  expect(() => activeAssignment(domain, { model: 2, rate: 0.5 })).toThrow("an option's index 0..1, got 2");
});
