import type { MlflowClient } from "@flightdeck/client/browser";
import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";

/** A workspace in which a search has found a model: what the pictures in the documentation show. */
export type DemoWorkspace = {
  readonly experimentId: string;
  readonly search: Run;
  /** In the order in which they began. */
  readonly trials: readonly Run[];
  readonly best: Run;
  /** With a metric of very many points. */
  readonly longRun: Run;
  readonly modelId: string;
  readonly modelName: string;
};

export const DEMO_TRIALS = 60;
const LONG_POINTS = 40_000;
const STEPS = 120;
const DAY_MS = 86_400_000;
const MODEL_NAME = "airline-delay";
const FAILED = new Map([
  [11, "ValueError: max_features must be in (0, 1.0], got 0.0"],
  [34, "MemoryError: Unable to allocate 7.4 GiB for an array"],
]);
const PRUNED = new Set([17, 23, 41]);

/** Fills an empty server. The same seed gives the same workspace, but for ids. */
export async function makeDemoWorkspace(client: MlflowClient): Promise<DemoWorkspace> {
  const random = seededRandom(7);
  const experimentId = await client.createExperiment({ name: "/Users/me@example.com/airline" });
  const startTimeMs = Date.now() - DAY_MS / 4;
  const search = await client.createRun({
    experimentId,
    runName: "forest search",
    startTimeMs,
    tags: sourceTags([{ key: "flightdeck.search", value: "fmin" }]),
  });
  await client.logBatch({
    runId: search.info.runId,
    params: [
      { key: "search.algorithm", value: "auto" },
      { key: "search.seed", value: "7" },
      { key: "search.space", value: JSON.stringify(SPACE) },
    ],
  });
  const trials: Run[] = [];
  let best: { run: Run; loss: number } | undefined;
  for (let index = 0; index < DEMO_TRIALS; index += 1) {
    const { run, loss } = await makeTrial({ client, search, index, random });
    trials.push(run);
    if (loss !== undefined && (best === undefined || loss < best.loss)) best = { run, loss };
  }
  const bestRun = best?.run ?? search;
  const endTimeMs = startTimeMs + DEMO_TRIALS * 50_000;
  await client.updateRun({ runId: search.info.runId, status: "FINISHED", endTimeMs });
  const longRun = await makeLongRun(client, experimentId, random);
  const modelId = await makeModel(client, bestRun);
  return { experimentId, search, trials, best: bestRun, longRun, modelId, modelName: MODEL_NAME };
}

const SPACE = {
  max_depth: { family: "uniform", low: 2, high: 20, log: false, q: 1 },
  max_features: { family: "uniform", low: 0.1, high: 1, log: false },
  n_estimators: { family: "uniform", low: 50, high: 1000, log: false, q: 50 },
  learning_rate: { family: "uniform", low: 1e-4, high: 0.3, log: true },
  criterion: { family: "categorical", probabilities: [0.5, 0.5] },
};

type TrialInput = {
  readonly client: MlflowClient;
  readonly search: Run;
  readonly index: number;
  readonly random: () => number;
};

async function makeTrial({ client, search, index, random }: TrialInput) {
  const { experimentId, runId: parentId, startTimeMs: searchStartMs } = search.info;
  // Two at once, and better guesses as the search goes on.
  const startTimeMs = searchStartMs + Math.floor(index / 2) * 96_000 + (index % 2) * 9_000;
  const focus = Math.min(0.75, index / DEMO_TRIALS);
  const near = (centre: number, low: number, high: number): number =>
    centre * focus + (low + (high - low) * random()) * (1 - focus);
  const depth = Math.round(near(12, 2, 20));
  const features = near(0.45, 0.1, 1);
  const trees = Math.round(near(600, 50, 1000) / 50) * 50;
  const rate = 10 ** near(-1.6, -4, -0.5);
  const criterion = random() < 0.5 ? "gini" : "entropy";
  const loss =
    0.162 +
    0.0016 * (depth - 12) ** 2 * 0.4 +
    0.11 * (features - 0.42) ** 2 +
    0.012 * (Math.log10(rate) + 1.6) ** 2 +
    0.004 * random();
  const run = await client.createRun({
    experimentId,
    runName: `trial ${index}`,
    startTimeMs,
    tags: sourceTags([
      { key: SYSTEM_TAGS.parentRunId, value: parentId },
      { key: "flightdeck.trial", value: String(index) },
    ]),
  });
  const { runId } = run.info;
  await client.logBatch({
    runId,
    params: [
      { key: "max_depth", value: String(depth) },
      { key: "max_features", value: features.toFixed(3) },
      { key: "n_estimators", value: String(trees) },
      { key: "learning_rate", value: rate.toExponential(3) },
      { key: "criterion", value: criterion },
      { key: "seed", value: "7" },
    ],
  });
  const endTimeMs = startTimeMs + 30_000 + trees * 60;
  const error = FAILED.get(index);
  if (error !== undefined) {
    await client.setTag(runId, { key: "error", value: error });
    await client.updateRun({ runId, status: "FAILED", endTimeMs: startTimeMs + 6_000 });
    return { run, loss: undefined };
  }
  const isPruned = PRUNED.has(index);
  const steps = isPruned ? STEPS / 4 : STEPS;
  const metrics = Array.from({ length: steps }, (_, step) => {
    const fade = Math.exp(-step / 22);
    const timestampMs = startTimeMs + step * 300;
    const noise = 0.006 * (random() - 0.5);
    return [
      { key: "val_loss", value: loss + 0.4 * fade + noise, step, timestampMs },
      { key: "train_loss", value: loss - 0.03 + 0.38 * fade + noise / 3, step, timestampMs },
    ];
  }).flat();
  for (let start = 0; start < metrics.length; start += 900)
    await client.logBatch({ runId, metrics: metrics.slice(start, start + 900) });
  const last = { step: 0, timestampMs: endTimeMs };
  if (!isPruned) {
    await client.logBatch({
      runId,
      metrics: [
        { key: "loss", value: loss, ...last },
        { key: "val_accuracy", value: 1 - loss, ...last },
        { key: "duration_s", value: (endTimeMs - startTimeMs) / 1000, ...last },
      ],
    });
  }
  await client.setTag(runId, { key: "status", value: isPruned ? "pruned" : "ok" });
  await client.updateRun({
    runId,
    status: "FINISHED",
    endTimeMs: isPruned ? startTimeMs + 12_000 : endTimeMs,
  });
  return { run, loss: isPruned ? undefined : loss };
}

async function makeLongRun(client: MlflowClient, experimentId: string, random: () => number): Promise<Run> {
  const startTimeMs = Date.now() - DAY_MS / 2;
  const run = await client.createRun({
    experimentId,
    runName: "long training",
    startTimeMs,
    tags: sourceTags([]),
  });
  const { runId } = run.info;
  await client.logBatch({
    runId,
    params: [
      { key: "optimizer", value: "adamw" },
      { key: "batch_size", value: "512" },
    ],
  });
  for (let start = 0; start < LONG_POINTS; start += 500) {
    const metrics = Array.from({ length: 500 }, (_, offset) => {
      const step = start + offset;
      const timestampMs = startTimeMs + step * 200;
      const fade = Math.exp(-step / 9000);
      const spike = step % 9_973 === 0 && step > 0 ? 1.4 : 0;
      return [
        { key: "train_loss", value: 0.2 + 2 * fade + 0.25 * random() + spike, step, timestampMs },
        { key: "learning_rate", value: 1e-3 * fade + 1e-6, step, timestampMs },
      ];
    }).flat();
    await client.logBatch({ runId, metrics });
  }
  await client.logBatch({
    runId,
    metrics: [{ key: "val_accuracy", value: 0.823, step: LONG_POINTS, timestampMs: startTimeMs }],
  });
  await client.updateRun({ runId, status: "FINISHED", endTimeMs: startTimeMs + LONG_POINTS * 200 });
  return run;
}

async function makeModel(client: MlflowClient, { info }: Run): Promise<string> {
  const { modelId, artifactUri } = await client.createLoggedModel({
    experimentId: info.experimentId,
    name: "forest",
    sourceRunId: info.runId,
  });
  const files: Readonly<Record<string, string>> = {
    MLmodel: `flavors:\n  flightdeck_forest: {}\nmodel_id: ${modelId}\n`,
    "serving_input_example.json": JSON.stringify({
      dataframe_split: { columns: ["Year", "Distance"], data: [[1987, 162]] },
    }),
  };
  for (const [path, body] of Object.entries(files)) {
    await fetch(client.artifactUrl(artifactUri, path), { method: "PUT", body });
  }
  const rows = Array.from({ length: 40 }, (_, index) => `${1987 + (index % 20)},LAX,${162 + index * 7}`);
  await fetch(client.artifactUrl(info.artifactUri, "flights.csv"), {
    method: "PUT",
    body: `Year,Origin,Distance\n${rows.join("\n")}\n`,
  });
  await client.finalizeLoggedModel(modelId, "LOGGED_MODEL_READY");
  await client.logOutputs(info.runId, [{ modelId, step: 0 }]);
  await client.createRegisteredModel({ name: MODEL_NAME, description: "Whether a flight arrives late." });
  await client.createModelVersion({
    name: MODEL_NAME,
    source: `models:/${modelId}`,
    runId: info.runId,
    modelId,
  });
  await client.setRegisteredModelAlias({ name: MODEL_NAME, version: "1" }, "champion");
  return modelId;
}

function sourceTags(more: readonly { readonly key: string; readonly value: string }[]) {
  return [
    { key: SYSTEM_TAGS.user, value: "me" },
    { key: SYSTEM_TAGS.sourceName, value: "file:///Users/me@example.com/examples/airline" },
    ...more,
  ];
}

/** Numbers from 0 to 1, the same for the same seed: a linear congruential generator (Numerical Recipes, 7.1). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
