import { mlflow } from "@flightdeck/client";

/** A function, since a bundle in CommonJS cannot use top-level await. */
async function main(): Promise<void> {
  const status = await mlflow.startRun({ runName: "bundled" }, async (run) => {
    run.logMetric("accuracy", 0.78);
    return (await mlflow.client.getRun(run.runId)).info.status;
  });
  console.log(status);
}

void main();
