import { systemClock } from "@flightdeck/core";
import { unboundedIn } from "@flightdeck/protocol/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWalkedApp, type WalkedApp } from "../testing/walked-app.ts";

let walked: WalkedApp;
beforeAll(async () => void (walked = await openWalkedApp(systemClock)));
afterAll(() => walked.close());

test("every text, list and map of the routes beside the endpoint table has a maximum", () => {
  const beside = walked.routes.flatMap(({ url, request }) =>
    request === undefined ? [] : [{ url, request }],
  );
  expect(beside.length).toBeGreaterThan(10);
  expect(
    beside.map(({ url, request }) => [url, ...unboundedIn(request)]).filter((row) => row.length > 1),
  ).toEqual([]);
});
