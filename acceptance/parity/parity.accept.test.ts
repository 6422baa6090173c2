import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AcceptedDifference } from "./accepted-differences/accepted-difference.ts";
import { ACCEPTED_DIFFERENCES } from "./accepted-differences/all.ts";
import { CLIENT_VERSIONS, type ClientVersion, clientPython, SERVER_VERSION } from "./clients.ts";
import { compatibilityPage } from "./compatibility-page.ts";
import { Coverage } from "./coverage.ts";
import { differencesOf } from "./differences.ts";
import { describeDifference, findAccepted, type MetDifference } from "./judge.ts";
import { normalised } from "./normalise.ts";
import { NOUNS, type Noun, type Recording, record } from "./record.ts";
import { startStockServer, type StockServer } from "./stock-server.ts";
import { leftOutRoutes } from "./stock-routes.ts";
import { isObject, type Step } from "./trace.ts";

// One after another, because each may have to build an environment with the same tool.
const pythons = {
  "3.17.2": await clientPython("3.17.2"),
  "2.22.4": await clientPython("2.22.4"),
  "1.30.1": await clientPython("1.30.1"),
};
const missing = Object.values(pythons).find((python) => python.missing);

describe.skipIf(missing)(
  `parity with the stock server${missing?.missing ? ` (${missing.reason})` : ""}`,
  () => {
    let stock: StockServer;
    let ours: TestServer;
    const recordings = new Map<ClientVersion, Pair>();
    const met = new Set<AcceptedDifference>();
    const coverage = new Coverage();

    beforeAll(async () => {
      [stock, ours] = await Promise.all([
        startStockServer(valueOf(pythons[SERVER_VERSION])),
        startTestServer(),
      ]);
    });
    afterAll(() => Promise.all([stock?.close(), ours?.close()]));

    describe.each(CLIENT_VERSIONS)("mlflow %s", (client) => {
      // Both servers in parallel, clients one after another: two processes at a time, in a fixed order.
      beforeAll(async () => {
        const python = valueOf(pythons[client]);
        const [byStock, byOurs] = await Promise.all([record(python, stock.url), record(python, ours.url)]);
        recordings.set(client, { stock: byStock, ours: byOurs });
      });

      test.each(NOUNS)("%s", (noun) => {
        const pair = recordings.get(client);
        const steps = normalised(pair?.ours[noun] ?? []);
        const found = differencesOf(normalised(pair?.stock[noun] ?? []), steps);
        const differences = found.map((difference): MetDifference => ({ ...difference, noun, client }));
        expect(differences.filter((each) => !note(each)).map(describeDifference)).toEqual([]);
        for (const step of steps) coverage.note(client, step, metIn(step, differences));
      });
    });

    test("1.30.1's registry, which the stock server no longer serves, works like 2.22.4's", () => {
      const newer = outcomes(recordings.get("2.22.4")?.ours, "registry");
      const older = outcomes(recordings.get("1.30.1")?.ours, "registry");
      const shared = [...older.keys()].filter((name) => newer.has(name));
      expect(shared.length).toBeGreaterThan(100);
      expect(shared.filter((name) => older.get(name) !== newer.get(name))).toEqual([]);
    });

    test("every accepted difference occurred", () => {
      expect(ACCEPTED_DIFFERENCES.filter((entry) => !met.has(entry))).toEqual([]);
    });

    test("routes that are not implemented return ENDPOINT_NOT_FOUND", async () => {
      const routes = await leftOutRoutes(valueOf(pythons[SERVER_VERSION]));
      expect(routes.length).toBeGreaterThan(0);
      for (const { method, path, version } of routes) {
        const url = `${ours.url}/api/${version.split(".")[0]}.0${path.replaceAll(/\{[^}]+\}|<[^>]+>/g, "x")}`;
        const body = method === "GET" ? {} : { body: "{}", headers: { "content-type": "application/json" } };
        const answer = await fetch(url, { method, ...body });
        expect([method, path, answer.status]).toEqual([method, path, 404]);
        expect(await answer.json()).toMatchObject({ error_code: "ENDPOINT_NOT_FOUND" });
      }
    });

    test("docs/COMPATIBILITY.md is up to date", async () => {
      const leftOut = await leftOutRoutes(valueOf(pythons[SERVER_VERSION]));
      await expect(compatibilityPage({ coverage, leftOut })).toMatchFileSnapshot(
        "../../docs/COMPATIBILITY.md",
      );
    });

    function note(difference: MetDifference): boolean {
      const entry = findAccepted(difference, ACCEPTED_DIFFERENCES);
      if (entry !== undefined) met.add(entry);
      return entry !== undefined;
    }
  },
);

type Pair = { readonly stock: Recording; readonly ours: Recording };

function metIn({ name }: Step, differences: readonly MetDifference[]) {
  return differences.flatMap((each) => {
    const entry = each.step === name ? findAccepted(each, ACCEPTED_DIFFERENCES) : undefined;
    return entry === undefined ? [] : [{ path: each.path, entry }];
  });
}

/** The outcome of each step: "result", or the error code. */
function outcomes(recording: Recording | undefined, noun: Noun): ReadonlyMap<string, string> {
  return new Map(
    recording?.[noun].map(({ name, error }) => [
      name,
      isObject(error) ? JSON.stringify(error.code) : "result",
    ]),
  );
}
