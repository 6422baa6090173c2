import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { loadModel, type ModelSignature, saveModel, startScoringServer } from "@flightdeck/models";
import { valueOf } from "@flightdeck/testkit";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCEPTED, type Difference } from "./accepted-differences.ts";
import { tableBodies, type TriedBody } from "./bodies.ts";
import { servingPython, StockScoring } from "./stock-scoring.ts";

const python = await servingPython();

const SIGNATURES: Readonly<Record<string, ModelSignature | undefined>> = {
  typed: {
    inputs: {
      kind: "columns",
      columns: [
        { name: "a", type: "double", required: true },
        { name: "b", type: "long", required: true },
        { name: "c", type: "float", required: false },
      ],
    },
  },
  floats: undefined, // All columns are floats.
};

type Answer = { readonly status: number; readonly body: unknown };

async function invoke(url: string, { contentType, body }: TriedBody): Promise<Answer> {
  const headers = { "Content-Type": contentType };
  const response = await fetch(`${url}/invocations`, { method: "POST", headers, body });
  const text = await response.text();
  return { status: response.status, body: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const title = `a forest that we saved, served by MLflow and by us${python.missing ? ` (${python.reason})` : ""}`;
describe.skipIf(python.missing)(title, () => {
  let folder: string;
  let stock: StockScoring;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flightdeck-protocol-"));
    const forest = await fitForest();
    const folders = Object.keys(SIGNATURES).map((name) => join(folder, name));
    for (const [name, signature] of Object.entries(SIGNATURES)) {
      await saveModel(forest, join(folder, name), { signature });
    }
    stock = await StockScoring.start(valueOf(python), folders);
  });
  afterAll(async () => {
    await stock.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(Object.keys(SIGNATURES))(
    "every body gets the same status and values, except those listed: signature %s",
    async (name) => {
      const path = join(folder, name);
      const model = await loadModel(path);
      const server = await startScoringServer({ model, port: 0 });
      try {
        const found: Difference[] = [];
        for (const body of tableBodies()) {
          const theirs = await invoke(stock.urls[path] ?? "", body);
          const ours = await invoke(server.url, body);
          const difference = differenceOf(ours, theirs);
          if (difference !== undefined) found.push({ body: body.name, ...difference });
        }
        const listed = ACCEPTED.filter(({ models }) => models.includes(name));
        expect(found.filter(({ body }) => !listed.some(({ bodies }) => bodies.test(body)))).toEqual([]);
        expect(listed.filter(({ bodies }) => !found.some(({ body }) => bodies.test(body)))).toEqual([]);
      } finally {
        await server.close();
        await model.close();
      }
    },
  );
});

function differenceOf(ours: Answer, theirs: Answer): Omit<Difference, "body"> | undefined {
  const shown = { ours: shownOf(ours), theirs: shownOf(theirs) };
  return shown.ours === shown.theirs ? undefined : shown;
}

/** Status and values, or status and error code, because messages contain texts from pandas. */
function shownOf({ status, body }: Answer): string {
  if (status === 200) return `200 ${JSON.stringify(body)}`;
  const code = typeof body === "object" && body !== null && "error_code" in body ? body.error_code : "";
  return status === 415 ? "415" : `${status} ${String(code)}`;
}

async function fitForest(): Promise<RandomForestClassifier> {
  const data = Array.from({ length: 300 }, (_, i) => {
    const [a, b, c] = [Math.sin(i) * 3, i % 10, Math.cos(i * 7)];
    return [a, b, c, a + b / 5 + c > 1.5 ? "late" : "early"];
  });
  const frame = Frame.fromRows({ columns: ["a", "b", "c", "label"], data });
  return await new RandomForestClassifier({ nEstimators: 9, seed: 1, nThreads: 1 }).fit(frame, "label");
}
