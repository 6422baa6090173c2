import { expect, test } from "vitest";
import { OutputRelay } from "./launch-job.ts";

test("passes output on in order and keeps the last lines", async () => {
  const handed: string[] = [];
  const output = new OutputRelay(
    ({ stream, chunk }) => void handed.push(`${stream} ${Buffer.from(chunk).toString()}`),
  );
  expect(output.isEmpty()).toBe(true);
  output.take("ab\n", "stdout");
  output.take("warning\n", "stderr");
  output.take("", "stdout");
  output.take("cd\n", "stdout");
  await output.delivered();
  expect(handed).toEqual(["stdout ab\n", "stderr warning\n", "stdout cd\n"]);
  expect(output.lastLines()).toEqual(["ab", "warning", "cd"]);
});

test("an error in onOutput is rethrown", async () => {
  const output = new OutputRelay(() => Promise.reject(new TypeError("the pipe is gone")));
  output.take("a", "stdout");
  await expect(output.delivered()).rejects.toThrow("the pipe is gone");
});
