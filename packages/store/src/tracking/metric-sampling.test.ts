import { expect, test } from "vitest";
import { samplePlaces } from "./metric-sampling.ts";

test.each([
  [0, 3, []],
  [3, 3, [0, 1, 2]],
  [10, 1, [9]],
  [10, 2, [0, 9]],
  [10, 3, [0, 4, 9]],
  [100, 5, [0, 20, 40, 60, 99]],
])("samples %i points down to %i", (count, maxResults, places) => {
  expect(samplePlaces({ count, maxResults })).toEqual(places);
});
