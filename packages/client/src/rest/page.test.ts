import { expect, test } from "vitest";
import { allItems, toPage } from "./page.ts";

test("allItems fetches each page when it is needed", async () => {
  const asked: (string | undefined)[] = [];
  const items = allItems((pageToken) => {
    asked.push(pageToken);
    const page = Number(pageToken ?? 0);
    return Promise.resolve(toPage([page * 2, page * 2 + 1], page < 2 ? String(page + 1) : ""));
  });
  expect(asked).toEqual([]);
  const [first, second, third] = [await items.next(), await items.next(), await items.next()];
  expect([first.value, second.value, third.value]).toEqual([0, 1, 2]);
  expect(asked).toEqual([undefined, "1"]);
  expect(await Array.fromAsync(items)).toEqual([3, 4, 5]);
  expect(asked).toEqual([undefined, "1", "2"]);
});
