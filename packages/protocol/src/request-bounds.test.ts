import { describe, expect, test } from "vitest";
import { z } from "zod";
import { endpoints } from "./endpoints.ts";
import { repeated, requiredList, text, textMap } from "./forms.ts";
import { unboundedIn } from "./testing/unbounded-in.ts";

/*
 * Every string, list and map of a request has a maximum that is checked first. The server limits the size of the body.
 */

test.each(Object.entries(endpoints))("every string, list and map of %s has a maximum", (_, { request }) => {
  expect(unboundedIn(request)).toEqual([]);
});

describe("a missing maximum is found", () => {
  const schema = z.object({
    text: z.string(),
    list: repeated(text(1)),
    items: requiredList(z.string(), 1),
    map: z.record(text(1), text(1)),
    nested: z.object({ any: z.unknown() }).optional(),
    loose: z.looseObject({}),
    either: z.union([text(1), z.string()]),
  });
  test("by its path", () => {
    expect(unboundedIn(schema).toSorted()).toEqual(
      ["either", "items[]", "list", "loose{}", "map", "nested.any", "text"].toSorted(),
    );
  });
});

test("a list that is too long is refused before its items are parsed", () => {
  let looks = 0;
  const item = z.string().refine(() => ++looks > 0);
  expect(repeated(item, 2).safeParse(["a", "b", "c"]).error?.issues[0]?.message).toBe(
    "must have at most 2 items, got 3",
  );
  expect(requiredList(item, 2).safeParse(["a", "b", "c"]).success).toBe(false);
  expect(looks).toBe(0);
  expect(repeated(item, 2).parse("a")).toEqual(["a"]);
});

test("a map with too many keys is refused", () => {
  const map = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`k${index}`, "v"]));
  expect(textMap.safeParse(map).error?.issues[0]?.message).toBe("must have at most 10000 keys");
});
