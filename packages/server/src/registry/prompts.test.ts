import { isPrompt } from "@flightdeck/protocol";
import { expect, test } from "vitest";
import { checkPromptSource } from "./model-version-handlers.ts";

test("the last tag decides whether it is a prompt", () => {
  const mark = (value: string) => ({ key: "mlflow.prompt.is_prompt", value });
  expect(isPrompt([])).toBe(false);
  expect(isPrompt([mark("false"), mark("True")])).toBe(true);
  expect(isPrompt([mark("true"), mark("no")])).toBe(false);
});

test("a prompt's source is one of MLflow's placeholders", () => {
  checkPromptSource("dummy-source");
  checkPromptSource("prompt-template");
  expect(() => checkPromptSource("/etc/passwd")).toThrow("Invalid prompt source: '/etc/passwd'.");
});
