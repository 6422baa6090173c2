import { test } from "vitest";
import { expectClose } from "../testing/expect-close.ts";
import { readGolden } from "../testing/golden.ts";
import { forgettingWeight } from "./observations.ts";

const golden = Object.entries(readGolden().linear_forgetting_weights_LF25);

test.each(golden)("the weights of %s observations are hyperopt's", (_count, weights) => {
  expectClose(
    weights.map((_, index) => forgettingWeight(index, weights.length)),
    weights,
  );
});
