import { expect, test } from "vitest";
import { compileSpace } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import { testAlgorithm } from "../testing/algorithm-suite.ts";
import { Trials } from "../trials/trials.ts";
import { suggest } from "./rand.ts";

testAlgorithm(suggest);

test("makes a different proposal for each id", () => {
  const proposals = suggest([4, 5, 6], compileSpace({ x: hp.uniform("x", 0, 1) }), new Trials(), 1);
  expect(proposals.map(({ tid }) => tid)).toEqual([4, 5, 6]);
  expect(new Set(proposals.map(({ misc }) => misc.vals["x"]![0])).size).toBe(3);
});
