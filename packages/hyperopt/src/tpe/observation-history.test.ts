import { expect, test } from "vitest";
import { readGolden } from "../testing/golden.ts";
import { belowCount } from "./observation-history.ts";

test.each(readGolden().split_sizes_gamma_0_25)("of %i trials %i are good", (count, below) => {
  expect(belowCount(count, 0.25)).toBe(below);
});
