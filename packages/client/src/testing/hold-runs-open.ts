import { mlflow } from "../index.ts";

/*
 * A program with four open runs, for tests that kill it: a parent, two parallel nested runs, and one nested in one of
 * them. It prints a line when all are open, then waits. With EXIT_CODE_ON_SIGTERM it installs its own handler, which
 * exits with that code some time after the signal.
 */

const HANDLER_DELAY_MS = 1000;
const exitCode = process.env.EXIT_CODE_ON_SIGTERM;
if (exitCode !== undefined) {
  process.on("SIGTERM", () => setTimeout(() => process.exit(Number(exitCode)), HANDLER_DELAY_MS));
}

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
