import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { expectGone, testExecutor } from "../testing/executor-suite.ts";
import { inProcessExecutor } from "./executor.ts";
import { workerModule } from "./objective.ts";
import { processExecutor } from "./process-worker.ts";
import { threadExecutor } from "./thread-worker.ts";

testExecutor("this process", inProcessExecutor, { isolates: false, ownsProcesses: false });
testExecutor("worker threads", threadExecutor, { isolates: true, ownsProcesses: false });
testExecutor("child processes", processExecutor, { isolates: true, ownsProcesses: true });

test("workerModule takes URLs as they are, and looks for relative paths beside its caller", () => {
  const url = new URL("./objectives.ts", import.meta.url);
  expect(workerModule(url).module).toBe(url.href);
  expect(workerModule("./objectives.ts", "a")).toEqual({ module: url.href, exportName: "a" });
  expect(workerModule("../b.ts").module).toBe(new URL("../b.ts", import.meta.url).href);
  expect(workerModule("/c.ts").module).toBe("file:///c.ts");
});

test("a busy objective's process ends when the searching process is killed", async () => {
  const driver = spawn(process.execPath, ["--input-type=module-typescript", "--eval", DRIVER], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void driver.kill("SIGKILL"));
  const [line] = (await once(createInterface({ input: driver.stdout }), "line")) as [string];
  const pid = Number(line);
  expect(process.kill(pid, 0)).toBe(true); // Throws if the process does not exist.
  driver.kill("SIGKILL");
  await expectGone([pid]);
});

const DRIVER = `
import { fmin } from "${new URL("../fmin/fmin.ts", import.meta.url).href}";
import { processExecutor } from "${new URL("./process-worker.ts", import.meta.url).href}";
await fmin({
  fn: { module: "${new URL("../testing/objectives.ts", import.meta.url).href}", exportName: "spins" },
  space: {},
  executor: processExecutor,
  maxEvals: 1,
  onLog: ({ message }) => console.log(message.replace("pid ", "")),
});
`;
