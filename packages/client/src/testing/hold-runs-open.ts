import { mlflow } from "../index.ts";

/*
 * A program with four open runs, for tests that end it: a parent, two nested runs in parallel, and one nested in one of
 * them. It prints a line when all are open, and then waits.
 */

const forever = new Promise<never>(() => setInterval(() => undefined, 60_000));

await mlflow.startRun({ runName: "parent" }, async (parent) => {
  parent.logMetric("unsent", 1);
  const left = mlflow.startRun({ runName: "left", nested: true }, async () => {
    await mlflow.startRun({ runName: "inner", nested: true }, async () => {
      process.stdout.write("open\n");
      await forever;
    });
  });
  const right = mlflow.startRun({ runName: "right", nested: true }, () => forever);
  await Promise.all([left, right]);
});
