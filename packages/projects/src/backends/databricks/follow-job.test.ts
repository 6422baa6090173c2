import { expect, test } from "vitest";
import { OutputRelay } from "./follow-job.ts";

test("output is handed on in its order, and its end is kept", async () => {
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

test("an error of the reader is thrown on", async () => {
  const output = new OutputRelay(() => Promise.reject(new TypeError("the pipe is gone")));
  output.take("a", "stdout");
  await expect(output.delivered()).rejects.toThrow("the pipe is gone");
});
