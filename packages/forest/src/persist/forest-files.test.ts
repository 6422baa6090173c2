import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Frame } from "@flightdeck/frame";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CATEGORY_BIT, FEATURE_SHIFT, isLeaf, NODE_WORDS } from "../forest.ts";
import { RandomForestClassifier } from "../estimators/classifiers.ts";
import { ARRAYS_FILE, HEADER_FILE } from "./forest-header.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "forest-"));
  const data = Array.from({ length: 200 }, (_, i) => [i % 13, i % 7, Number(i % 13 > i % 7)]);
  const frame = Frame.fromRows({ columns: ["a", "b", "y"], data });
  await (
    await new RandomForestClassifier({ nEstimators: 3, seed: 1 }).fit(frame, "y")
  ).save(join(folder, "good"));
});
afterAll(() => rm(folder, { recursive: true }));

const query = Frame.fromRows({
  columns: ["a", "b"],
  data: [
    [3, 4],
    [12, 0],
  ],
});

/** A copy of the valid folder with changed files; the checksum is updated unless `keepSum` is set. */
async function changed(change: {
  readonly header?: (header: Record<string, unknown>) => unknown;
  readonly arrays?: (words: Int32Array) => void;
  readonly keepSum?: boolean;
}): Promise<string> {
  const dir = join(folder, "changed");
  await cp(join(folder, "good"), dir, { recursive: true });
  const bytes = Uint8Array.from(await readFile(join(dir, ARRAYS_FILE)));
  change.arrays?.(new Int32Array(bytes.buffer, 0, bytes.length >> 2));
  await writeFile(join(dir, ARRAYS_FILE), bytes);
  const header: Record<string, unknown> = JSON.parse(await readFile(join(dir, HEADER_FILE), "utf8"));
  if (!change.keepSum) header.sha256 = createHash("sha256").update(bytes).digest("hex");
  await writeFile(join(dir, HEADER_FILE), JSON.stringify(change.header ? change.header(header) : header));
  return dir;
}

test("a missing folder or file is named", async () => {
  await expect(RandomForestClassifier.load(join(folder, "none"))).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
    message: `${join(folder, "none", HEADER_FILE)} does not exist`,
  });
  const dir = await changed({});
  await rm(join(dir, ARRAYS_FILE));
  await expect(RandomForestClassifier.load(dir)).rejects.toThrow(`${join(dir, ARRAYS_FILE)} does not exist`);
});

test("a foreign, newer or incomplete header is refused with the field", async () => {
  const cases: [(header: Record<string, unknown>) => unknown, string][] = [
    [() => [], "it must be a JSON object"],
    [() => ({}), "format must be flightdeck.random-forest, got none"],
    [(header) => ({ ...header, version: 3 }), "version must be 1 or 2, got 3"],
    [(header) => ({ ...header, estimator: "Tree" }), "estimator must be one of RandomForestClassifier,"],
    [(header) => ({ ...header, outputs: [] }), "outputs must be a list of names, each with 2..256"],
    [(header) => ({ ...header, outputs: [{ name: "y", classes: [0, 0] }] }), "2..256 different classes"],
    [(header) => ({ ...header, outputs: [{ name: "y" }] }), "2..256 different classes"],
    [(header) => ({ ...header, features: [{ name: "a" }, { name: "a" }] }), "features must be a list of"],
    [(header) => ({ ...header, features: [{ name: "a", categories: [1] }] }), "features must be a list of"],
    [(header) => ({ ...header, lengths: { roots: 3 } }), "lengths must be the numbers"],
    [(header) => ({ ...header, options: 1 }), "options must be an object"],
    [(header) => ({ ...header, options: { nEstimators: -1 } }), "nEstimators must be an integer"],
    [(header) => ({ ...header, sha256: 1 }), "sha256 must be a string"],
    [(header) => ({ ...header, features: [{ name: "a" }] }), "is damaged: it must have"],
  ];
  for (const [header, message] of cases) {
    await expect(RandomForestClassifier.load(await changed({ header }))).rejects.toMatchObject({
      code: "INVALID_PARAMETER_VALUE",
      message: expect.stringContaining(message),
    });
  }
  const dir = await changed({});
  await writeFile(join(dir, HEADER_FILE), "not JSON");
  await expect(RandomForestClassifier.load(dir)).rejects.toThrow("is not a forest's header: ");
});

test("a forest of version 1 can still be read", async () => {
  const dir = await changed({});
  const header: Record<string, unknown> = JSON.parse(await readFile(join(dir, HEADER_FILE), "utf8"));
  const { roots = 0, nodes = 0, leaves = 0, nodeWeights = 0 } = header.lengths as Record<string, number>;
  const bytes = Uint8Array.from(await readFile(join(dir, ARRAYS_FILE)));
  const words = new Int32Array(bytes.buffer, roots * 4, nodes);
  words.forEach((head, at) => {
    if (at % NODE_WORDS === 0 && !isLeaf(head)) words[at] = ((head >>> FEATURE_SHIFT) << 2) | (head & 1);
  });
  const arraysEnd = (roots + nodes + leaves) * 4;
  const arrays = Buffer.concat([bytes.subarray(0, arraysEnd), bytes.subarray(arraysEnd + nodeWeights * 4)]);
  await writeFile(join(dir, ARRAYS_FILE), arrays);
  const { format, options } = header;
  const sha256 = createHash("sha256").update(arrays).digest("hex");
  const old = { format, options, sha256, classes: [0, 1], featureNames: ["a", "b"] };
  await writeFile(
    join(dir, HEADER_FILE),
    JSON.stringify({ ...old, version: 1, lengths: { roots, nodes, leaves } }),
  );
  const read = await RandomForestClassifier.load(dir);
  const good = await RandomForestClassifier.load(join(folder, "good"));
  expect(await read.predictProba(query)).toEqual(await good.predictProba(query));
  expect(read.featureImportances).toEqual(good.featureImportances);
});

test("a flipped bit is detected", async () => {
  const dir = await changed({ arrays: (words) => (words[20]! ^= 1), keepSum: true });
  await expect(RandomForestClassifier.load(dir)).rejects.toThrow("its checksum is not the one in the header");
});

test("a forged tree that loops or exceeds its arrays is refused", async () => {
  const rootsCount = 3;
  const forged: ((words: Int32Array) => void)[] = [
    (words) => (words[rootsCount + 2] = 0), // The root is its own child.
    (words) => (words[rootsCount + 2] = -NODE_WORDS), // Backwards.
    (words) => (words[rootsCount + 2] = 2 ** 30), // Beyond the nodes.
    (words) => (words[rootsCount + 2] = NODE_WORDS + 1), // Between two nodes.
    (words) => (words[rootsCount] = 1000 << FEATURE_SHIFT), // No such feature.
    (words) => (words[rootsCount] = -2),
    (words) => (words[rootsCount + 1] = 0x7fc00000), // NaN as threshold.
    (words) => words.set([2, 2 ** 30, 0], rootsCount), // A leaf beyond the leaves.
    (words) => words.set([2, 0, NODE_WORDS], rootsCount), // A leaf with a child.
    (words) => words.set([CATEGORY_BIT, 0], rootsCount), // A missing set.
    (words) => (words[0] = NODE_WORDS),
    (words) => (words[1] = 0),
  ];
  for (const arrays of forged) {
    await expect(RandomForestClassifier.load(await changed({ arrays }))).rejects.toThrow(/is damaged: /);
  }
});

test("with any changed word, loading is refused or the forest still predicts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(400), fc.integer(), async (at, value) => {
      const dir = await changed({ arrays: (words) => (words[at % words.length] = value) });
      const model = await RandomForestClassifier.load(dir).catch((error: unknown) => error);
      if (model instanceof RandomForestClassifier) expect(await model.predict(query)).toHaveLength(2);
      else expect(model).toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
    }),
    { numRuns: 50 },
  );
});
