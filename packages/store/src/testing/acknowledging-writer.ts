import { openStore } from "../open-store.ts";

/*
 * Runs as a separate process: logs points to a run concurrently and prints a step only when its write has resolved.
 * Arguments: the store's URI, the run's id, the metric's key. Runs until it is killed or has written `STEPS_MAX` steps.
 */
const [uri = "", runId = "", key = ""] = process.argv.slice(2);
const WRITERS = 8;
const STEPS_MAX = 20_000;

const store = await openStore({ backendStoreUri: uri, defaultArtifactRoot: "mlflow-artifacts:/" });
let next = 0;

async function writeOneAfterAnother(): Promise<void> {
  while (next < STEPS_MAX) {
    const step = next++;
    await store.tracking.logMetric(runId, { key, value: step, timestampMs: step, step });
    process.stdout.write(`${step}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, writeOneAfterAnother));
await store.close();
