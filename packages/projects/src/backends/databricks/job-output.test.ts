import { expect, test } from "vitest";
import { JobOutput } from "./job-output.ts";

test("what is read again is handed on once", async () => {
  const handed: string[] = [];
  const output = new JobOutput(
    ({ stream, chunk }) => void handed.push(`${stream} ${Buffer.from(chunk).toString()}`),
  );
  expect(output.isEmpty()).toBe(true);
  output.take("ab\n", "stdout");
  output.take("warning\n", "stderr");
  output.restart();
  output.take("a", "stdout");
  output.take("b\ncd\n", "stdout");
  await output.delivered();
  expect(handed).toEqual(["stdout ab\n", "stderr warning\n", "stdout cd\n"]);
  expect(output.lastLines()).toEqual(["ab", "warning", "cd"]);
});

test("a reader that fails is heard of", async () => {
  const output = new JobOutput(() => Promise.reject(new TypeError("the pipe is gone")));
  output.take("a", "stdout");
  await expect(output.delivered()).rejects.toThrow("the pipe is gone");
});
