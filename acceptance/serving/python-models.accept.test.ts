import { loadModel, type LoadModelOptions, type Model, startScoringServer } from "@flightdeck/models";
import { Frame } from "@flightdeck/frame";
import { valueOf } from "@flightdeck/testkit";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { tensorBodies, valueBodies } from "./bodies.ts";
import { type SavedModels, saveModels, withPython } from "./saved-models.ts";
import { servingPython, StockScoring } from "./stock-scoring.ts";

const python = await servingPython();

const title = `models that stock MLflow saved${python.missing ? ` (${python.reason})` : ""}`;
describe.skipIf(python.missing)(title, () => {
  let saved: SavedModels;
  beforeAll(async () => void (saved = await saveModels(valueOf(python))));
  afterAll(() => saved.remove());

  async function load(name: string, options: LoadModelOptions = {}): Promise<Model> {
    const local = { env: withPython(valueOf(python)), envManager: "local" };
    const model = await loadModel(join(saved.folder, name), { ...local, ...options });
    onTestFinished(() => model.close());
    return model;
  }

  async function ask(model: Model, wish: string): Promise<{ status: number; answer: unknown }> {
    const body = JSON.stringify({ dataframe_split: { columns: ["wish"], data: [[wish]] } });
    const { status, body: answer } = await model.answer({ contentType: "application/json", body });
    return { status, answer: JSON.parse(answer.toString()) };
  }

  async function pidOf(model: Model): Promise<number> {
    const { answer } = await ask(model, "tell");
    return (answer as { predictions: [number] }).predictions[0];
  }

  test("a scikit-learn model in its own environment makes the same predictions as in Python", async () => {
    const cache = await mkdtemp(join(tmpdir(), "flightdeck-envs-"));
    onTestFinished(() => rm(cache, { recursive: true, force: true }));
    const env = { ...process.env, FLIGHTDECK_ENV_ROOT: cache };
    const model = await load("tree", { envManager: undefined, env, workers: 2 });
    const table = Frame.fromRows({ columns: ["a", "b", "c"], data: saved.rows });
    expect(await model.predict(table)).toEqual({ kind: "labels", values: saved.expected });
  });

  test("requests answered together get the same answers as alone, and MLflow 1's bare table gets a bare list", async () => {
    const model = await load("tree");
    const answers = await Promise.all(
      saved.rows.map(async (row) => {
        const body = JSON.stringify({ dataframe_split: { columns: ["a", "b", "c"], data: [row] } });
        const { body: answer } = await model.answer({ contentType: "application/json", body });
        return JSON.parse(answer.toString()) as unknown;
      }),
    );
    expect(answers).toEqual(saved.expected.map((label) => ({ predictions: [label] })));
    const body = JSON.stringify({ columns: ["a", "b", "c"], data: saved.rows });
    const bare = await model.answer({ contentType: "application/json; format=pandas-split", body });
    expect(JSON.parse(bare.body.toString())).toEqual(saved.expected);
  });

  test("dates, binary, text, parameters and tensors get the same status and bytes as from MLflow", async () => {
    const tried = { describe: valueBodies(), tensor: tensorBodies() };
    const folders = Object.keys(tried).map((name) => join(saved.folder, name));
    const stock = await StockScoring.start(valueOf(python), folders);
    try {
      for (const [name, bodies] of Object.entries(tried)) {
        const model = await load(name);
        const url = `${stock.urls[join(saved.folder, name)]}/invocations`;
        for (const { contentType, body } of bodies) {
          const headers = { "Content-Type": contentType };
          const theirs = await fetch(url, { method: "POST", headers, body });
          const ours = await model.answer({ contentType, body });
          const expected = withoutTrace(await theirs.text());
          expect([ours.status, withoutTrace(ours.body.toString())]).toEqual([theirs.status, expected]);
        }
        await model.close();
      }
    } finally {
      await stock.close();
    }
  });

  describe("a model that misbehaves", () => {
    let model: Model;
    let printed = "";
    beforeAll(async () => {
      model = await loadModel(join(saved.folder, "moody"), {
        env: withPython(valueOf(python)),
        envManager: "local",
        workers: 2,
        requestTimeoutMs: 5_000,
        onOutput: (chunk) => (printed += Buffer.from(chunk).toString()),
      });
    });

    test("a killed process fails only its own requests, with 503, and is replaced", async () => {
      const server = await startScoringServer({ model, port: 0 });
      onTestFinished(() => server.close());
      const invoke = async (wish: string): Promise<number> => {
        const body = JSON.stringify({ dataframe_split: { columns: ["wish"], data: [[wish]] } });
        const headers = { "Content-Type": "application/json" };
        return (await fetch(`${server.url}/invocations`, { method: "POST", headers, body })).status;
      };
      const killed = await pidOf(model);
      const busy = [invoke("wait"), invoke("wait"), invoke("wait"), invoke("wait")];
      await new Promise((resolve) => setTimeout(resolve, 200)); // Until both workers are busy.
      process.kill(killed, "SIGKILL");
      expect((await Promise.all(busy)).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 503]);
      expect(await Promise.all([invoke("wait"), invoke("wait")])).toEqual([200, 200]);
    });

    test("a model that exits fails only its own request", async () => {
      await expect(ask(model, "exit")).rejects.toMatchObject({
        code: "TEMPORARILY_UNAVAILABLE",
        message: "the model's process ended",
      });
      expect(await ask(model, "tell")).toMatchObject({ status: 200 });
      await expect.poll(() => printed).toContain("I leave\n");
    });

    test("a model that hangs is killed at the deadline", async () => {
      const pids = async (): Promise<number[]> =>
        (await Promise.all([pidOf(model), pidOf(model), pidOf(model)])).toSorted((a, b) => a - b);
      const before = new Set(await pids());
      const hanging = [ask(model, "hang"), ask(model, "hang")];
      for (const each of hanging) await expect(each).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
      for (const pid of await pids()) expect(before.has(pid)).toBe(false);
    });

    test("an exception is reported in MLflow's wording", async () => {
      const { status, answer } = await ask(model, "raise");
      expect(status).toBe(400);
      expect(answer).toMatchObject({
        error_code: "BAD_REQUEST",
        message: expect.stringContaining("unexpected error while evaluating the model") as string,
        stack_trace: expect.stringContaining("ValueError: no such luck") as string,
      });
    });

    test("NaN and infinities in Python's JSON are read", async () => {
      const input = Frame.fromRows({ columns: ["wish"], data: [["overflow"]] });
      const values = [Number.NaN, Number.POSITIVE_INFINITY, 1.5];
      expect(await model.predict(input)).toEqual({ kind: "labels", values });
      const body = JSON.stringify({ columns: ["wish"], data: [["overflow"]] });
      const bare = await model.answer({ contentType: "application/json; format=pandas-split", body });
      expect(JSON.parse(bare.body.toString())).toEqual([null, null, 1.5]);
    });

    test("a failed prediction throws the exception's message", async () => {
      const input = Frame.fromRows({ columns: ["wish"], data: [["raise"]] });
      await expect(model.predict(input)).rejects.toThrow(/^Encountered an unexpected error/);
    });

    test("its output goes to the server's log, not into responses", async () => {
      expect(await ask(model, "sing")).toMatchObject({ status: 200 });
      await expect.poll(() => printed).toContain("asked to sing\n");
    });

    test("closing leaves no process", async () => {
      const pid = await pidOf(model);
      await model.close();
      await expectNoProcess(pid);
      await expect(ask(model, "tell")).rejects.toThrow("the model is being closed");
    });
  });

  test("a model that cannot be loaded gives a one-line error", async () => {
    const loading = load("unloadable", { onOutput: () => undefined });
    await expect(loading).rejects.toMatchObject({
      code: "INVALID_STATE",
      message: "the model cannot be loaded: RuntimeError: the weights are missing",
    });
  });

  test("a model whose process ends while it loads is reported with its last output", async () => {
    const loading = load("vanishing", { onOutput: () => undefined });
    await expect(loading).rejects.toMatchObject({
      code: "INVALID_STATE",
      message: "the model's process ended; its last output: no such device",
    });
  });

  test("cancelling a load ends it at once and leaves no process", async () => {
    const stop = new AbortController();
    let printed = "";
    const onOutput = (chunk: Uint8Array): void => void (printed += Buffer.from(chunk).toString());
    const loading = load("slow", { onOutput, signal: stop.signal });
    const ended = expect(loading).rejects.toMatchObject({ code: "CANCELLED" });
    await expect.poll(() => printed, { timeout: 60_000 }).toMatch(/loading in \d+\n/);
    stop.abort();
    await ended;
    const pid = Number(/loading in (?<pid>\d+)/.exec(printed)?.groups?.["pid"]);
    await expectNoProcess(pid);
  });
});

/** An ended process stays in state Z until its parent, perhaps the system's first process, collects it. */
async function expectNoProcess(pid: number): Promise<void> {
  const running = async (): Promise<boolean> => {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    return stat !== undefined && !/\) [ZX] /.test(stat);
  };
  await expect.poll(running).toBe(false);
}

/** Removes stack traces, which contain the server's files and lines. */
function withoutTrace(text: string): unknown {
  try {
    return { ...(JSON.parse(text) as object), stack_trace: undefined };
  } catch {
    return text;
  }
}
