import { LIMITS } from "@flightdeck/protocol";
import { beforeAll, expect, test } from "vitest";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { failure, joined, makeRun, metric, searchNames, texts } from "./helpers.ts";

export function searchRunsTests(tracking: () => TrackingStore): void {
  let experimentId = "";
  beforeAll(async () => {
    experimentId = await tracking().createExperiment({ name: "searched" });
    const run = (name: string, startTimeMs: number, rest: object): Promise<unknown> =>
      makeRun(tracking(), experimentId, { name, startTimeMs, ...rest });
    await run("a", 1, { metrics: { acc: 0.5 }, params: { lr: "0.1", opt: "Adam" }, tags: { team: "x" } });
    await run("b", 2, {
      metrics: { acc: 0.9, "f 1": 2 },
      params: { lr: "0.2", opt: "sgd" },
      tags: { team: "y" },
    });
    await run("c", 3, {
      metrics: { acc: Number.NaN },
      params: { lr: "0.1" },
      tags: { "dotted.key": "it's" },
    });
    await run("d", 4, { params: { opt: "adam_w" } });
  });

  const search = (filter: string, orderBy: readonly string[] = ["run_name"]): Promise<string> =>
    searchNames(tracking(), { experimentIds: [experimentId], filter, orderBy }).then((names) =>
      names.join(""),
    );

  test.each([
    ["", "abcd"],
    ["metrics.acc > 0.4", "ab"],
    ["metrics.acc >= 0.9", "b"],
    ["metrics.acc = 0.5", "a"],
    ["metrics.acc != 0.5", "bc"],
    ["metrics.acc < 1e9", "ab"],
    ["metrics.acc BETWEEN 0.5 AND 0.9", "ab"],
    ["metrics.`f 1` > 1", "b"],
    ["metrics.unknown > 1", ""],
    ["params.lr = '0.1'", "ac"],
    ["params.lr != '0.1'", "b"],
    ["params.opt LIKE 'a%'", "d"],
    ["params.opt ILIKE 'A%'", "ad"],
    ["params.opt LIKE 'adam_w'", "d"],
    ["params.opt LIKE '%[a]%' OR params.opt LIKE '*'", ""],
    ["params.opt IS NULL", "c"],
    ["params.opt IS NOT NULL", "abd"],
    ["params.unknown IS NULL", "abcd"],
    ['tags.team = "x"', "a"],
    ["tags.dotted.key = 'it''s'", "c"],
    ["tags.`mlflow.runName` = 'd'", "d"],
    ["attributes.run_name IN ('a')", "!Only ['run_id'] attributes"],
    ["run_name != 'a' AND start_time < 4", "bc"],
    ["status = 'RUNNING'", "abcd"],
    ["status LIKE 'FIN%'", ""],
    ["end_time > 0", ""],
    ["NOT end_time > 0", "abcd"],
    ["metrics.acc > 0.4 AND params.lr = '0.1'", "a"],
    ["metrics.acc > 0.6 OR params.lr = '0.1'", "abc"],
    ["NOT metrics.acc > 0.6", "acd"],
    ["NOT (metrics.acc > 0.4 AND params.lr = '0.1')", "bcd"],
    ["(tags.team = 'x' OR tags.team = 'y') AND NOT params.lr = '0.2'", "a"],
    ["metrics.acc > 'x'", "!Expected numeric value type for metric"],
  ])("filters by %s", async (filter, expected) => {
    if (!expected.startsWith("!")) return expect(await search(filter)).toBe(expected);
    expect(await failure(search(filter))).toContain(expected.slice(1));
  });

  test.each([
    [[], "dcba"],
    [["start_time"], "abcd"],
    [["metrics.acc"], "abcd"],
    [["metrics.acc DESC"], "bacd"],
    [["params.lr", "metrics.acc DESC"], "acbd"],
    [["params.lr DESC", "start_time"], "bacd"],
    [["tags.team DESC"], "badc"],
    [["metrics.unknown DESC"], "dcba"],
    [["end_time"], "dcba"],
    [["Created ASC"], "abcd"],
    [["run_name DESC"], "dcba"],
    [["status", "metrics.acc"], "abcd"],
  ])("orders by %j", async (orderBy, expected) => {
    expect(await search("", orderBy)).toBe(expected);
    for (const maxResults of [1, 2, 3]) {
      const names = await searchNames(tracking(), { experimentIds: [experimentId], orderBy, maxResults });
      expect(names.join("")).toBe(expected);
    }
  });

  test("finds runs by run id and by dataset", async () => {
    const run = await makeRun(tracking(), await tracking().createExperiment({ name: "by id" }), {
      name: "only",
    });
    const within = { experimentIds: [run.info.experimentId] };
    const id = run.info.runId;
    expect(await searchNames(tracking(), { ...within, filter: `run_id = '${id}'` })).toEqual(["only"]);
    expect(await searchNames(tracking(), { ...within, filter: `run_id IN ('x', '${id}')` })).toEqual([
      "only",
    ]);
    expect(await searchNames(tracking(), { ...within, filter: `run_id NOT IN ('${id}')` })).toEqual([]);
    const dataset = { name: "flights", digest: "d9", sourceType: "", source: "" };
    await tracking().logInputs(id, [{ dataset, tags: texts({ "mlflow.data.context": "train" }) }], []);
    expect(await searchNames(tracking(), { ...within, filter: "dataset.name = 'flights'" })).toEqual([
      "only",
    ]);
    expect(await searchNames(tracking(), { ...within, filter: "datasets.digest LIKE 'd_'" })).toEqual([
      "only",
    ]);
    expect(
      await searchNames(tracking(), { ...within, filter: "dataset.context IN ('test', 'train')" }),
    ).toEqual(["only"]);
    expect(await searchNames(tracking(), { ...within, filter: "dataset.context = 'test'" })).toEqual([]);
  });

  test("searches several experiments at once and ignores unknown ones", async () => {
    const other = await tracking().createExperiment({ name: "searched too" });
    await makeRun(tracking(), other, { name: "e", startTimeMs: 2.5 * 1, metrics: { acc: 0.7 } }).catch(
      () => undefined,
    );
    await makeRun(tracking(), other, { name: "f", startTimeMs: 9, metrics: { acc: 0.7 } });
    const both = { experimentIds: [experimentId, other, "987654"], filter: "metrics.acc > 0.6" };
    expect(await searchNames(tracking(), both)).toEqual(["f", "b"]);
    expect(await searchNames(tracking(), { ...both, orderBy: ["metrics.acc"] })).toEqual(["f", "b"]);
    expect(await searchNames(tracking(), { experimentIds: ["987654"] })).toEqual([]);
    expect(await searchNames(tracking(), { experimentIds: [] })).toEqual([]);
    expect(await failure(searchNames(tracking(), { experimentIds: ["x"] }))).toContain(
      "Invalid experiment ID 'x'",
    );
  });

  test("returns pages that survive inserts, and refuses tokens that it did not create", async () => {
    const paged = await tracking().createExperiment({ name: "paged" });
    for (let start = 0; start < 6; start++)
      await makeRun(tracking(), paged, { name: `r${start}`, startTimeMs: start });
    const input = { experimentIds: [paged], runViewType: "ACTIVE_ONLY", maxResults: 3 } as const;
    const first = await tracking().searchRuns(input);
    await makeRun(tracking(), paged, { name: "late", startTimeMs: 99 });
    const token = first.nextPageToken ?? "";
    const second = await tracking().searchRuns({ ...input, pageToken: token });
    expect([...first.items, ...second.items].map(({ info }) => info.runName)).toEqual([
      "r5",
      "r4",
      "r3",
      "r2",
      "r1",
      "r0",
    ]);
    expect(second.nextPageToken).toBeUndefined();
    for (const bad of [`${token.slice(0, -2)}xx`, "?", "eyJvZmZzZXQiOiAxfQ==", token.slice(4)]) {
      expect(await failure(tracking().searchRuns({ ...input, pageToken: bad }))).toContain(
        "INVALID_PARAMETER_VALUE: Invalid page token",
      );
    }
    expect(
      await failure(tracking().searchRuns({ ...input, pageToken: token, filter: "metrics.m > 1" })),
    ).toContain("Invalid page token");
  });

  test("reads a page in slices that together are the page", async () => {
    const sliced = await tracking().createExperiment({ name: "sliced" });
    for (let start = 0; start < 252; start++) await makeRun(tracking(), sliced, { startTimeMs: start });
    for (const maxResults of [1, 100, 250, 252, 1000]) {
      const input = { experimentIds: [sliced], runViewType: "ACTIVE_ONLY", maxResults } as const;
      const page = await tracking().searchRuns(input);
      expect(await joined(tracking().searchRunsInSlices(input))).toEqual(page);
    }
    const none = { experimentIds: [], runViewType: "ALL" } as const;
    expect(await joined(tracking().searchRunsInSlices(none))).toEqual({ items: [] });
    const tooMany = { experimentIds: [sliced], runViewType: "ALL", maxResults: 50_001 } as const;
    expect(await failure(joined(tracking().searchRunsInSlices(tooMany)))).toContain("at most 50000");
  });

  test("pages past infinities", async () => {
    const infinite = await tracking().createExperiment({ name: "infinite" });
    for (const [index, value] of [Infinity, 1, -Infinity, Infinity].entries()) {
      await makeRun(tracking(), infinite, { name: `r${index}`, startTimeMs: index, metrics: { m: value } });
    }
    const input = { experimentIds: [infinite], maxResults: 1 };
    expect(await searchNames(tracking(), { ...input, orderBy: ["metrics.m"] })).toEqual([
      "r2",
      "r1",
      "r3",
      "r0",
    ]);
    expect(await searchNames(tracking(), { ...input, orderBy: ["metrics.m DESC"] })).toEqual([
      "r3",
      "r0",
      "r1",
      "r2",
    ]);
  });

  test("compares integer columns with any number", async () => {
    expect(await search("start_time > 1.5 AND start_time < 1e30")).toBe("bcd");
    expect(await search("start_time > 12345678901234567890123")).toBe("");
    expect(await search("metrics.acc > -1e300 AND metrics.acc < 12345678901234567890123")).toBe("ab");
  });

  test("returns runs with all their data", async () => {
    const full = await tracking().createExperiment({ name: "full" });
    const { info } = await makeRun(tracking(), full, { params: { p: "1" }, tags: { t: "2" } });
    await tracking().logBatch({ runId: info.runId, metrics: [metric("m", 1), metric("m", 2, { step: 1 })] });
    await tracking().logOutputs(info.runId, [{ modelId: "m-1", step: 0 }]);
    const page = await tracking().searchRuns({ experimentIds: [full], runViewType: "ALL" });
    expect(page).toEqual({ items: [await tracking().getRun(info.runId)] });
  });

  test("accepts the longest filter and order that the grammar allows", async () => {
    const many = (joint: string): string =>
      Array.from(
        { length: LIMITS.filterComparisonsMax },
        (_, index) => `NOT metrics.acc = ${index + 2}`,
      ).join(joint);
    expect(await search(many(" AND "))).toBe("abcd");
    expect(await search(many(" OR "))).toBe("abcd");
    const deep = `${"NOT (".repeat(LIMITS.filterDepthMax / 2)}metrics.acc > 2${")".repeat(LIMITS.filterDepthMax / 2)}`;
    expect(await search(deep)).toBe("abcd");
    const orderBy = Array.from({ length: LIMITS.orderByClausesMax }, (_, index) => `metrics.m${index}`);
    expect(await search("", ["metrics.acc", ...orderBy.slice(1)])).toBe("abcd");
    expect(await search(`params.opt LIKE '${"[".repeat(LIMITS.likePatternCharsMax)}'`)).toBe("");
    expect(
      await failure(search(`params.opt LIKE '${"a".repeat(LIMITS.likePatternCharsMax + 1)}'`)),
    ).toContain("A pattern must have at most");
  });

  test("refuses invalid page sizes and orders", async () => {
    const input = { experimentIds: [experimentId], runViewType: "ALL" } as const;
    expect(await failure(tracking().searchRuns({ ...input, maxResults: 50_001 }))).toContain("at most 50000");
    expect(await failure(tracking().searchRuns({ ...input, maxResults: 0 }))).toContain("positive integer");
    expect(await failure(tracking().searchRuns({ ...input, orderBy: ["acc"] }))).toContain(
      "Invalid attribute key 'acc'",
    );
  });
}
