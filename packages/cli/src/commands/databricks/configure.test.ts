import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { openPrompt } from "./configure.ts";

function terminal(): {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly shown: () => string;
} {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const output = new PassThrough();
  let text = "";
  output.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { input, output, shown: () => text };
}

test("on a terminal, typed text is shown, but a secret is not", async () => {
  const { input, output, shown } = terminal();
  const prompt = openPrompt(input, output);
  const host = prompt.ask("Host");
  input.write("h1\r");
  expect(await host).toBe("h1");
  const token = prompt.askSecretly("Token");
  input.write("secret-1\r");
  expect(await token).toBe("secret-1");
  prompt.close();
  expect(shown()).toMatch(/Host: .*h1/s);
  expect(shown()).toContain("Token: ");
  expect(shown()).not.toContain("secret");
});

test("Ctrl-C cancels the question", async () => {
  const { input, output } = terminal();
  const prompt = openPrompt(input, output);
  const token = prompt.askSecretly("Token");
  input.write("\u0003");
  await expect(token).rejects.toMatchObject({ code: "CANCELLED" });
  prompt.close();
});

test("from a pipe, each question takes one line, and nothing is shown", async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end("h1\n t1 \n");
  const prompt = openPrompt(input, output);
  expect([await prompt.ask("Host"), await prompt.askSecretly("Token")]).toEqual(["h1", "t1"]);
  await expect(prompt.ask("More")).rejects.toThrow("the input ended where an answer was expected: More");
  prompt.close();
  expect(output.read()).toBeNull();
});
