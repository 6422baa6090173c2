import { AppError } from "@flightdeck/core";
import type { Tag } from "@flightdeck/protocol";

/** Tags by which MLflow keeps prompts among registered models (`mlflow/prompt/constants.py`). */
export const PROMPT_TAGS = {
  isPrompt: "mlflow.prompt.is_prompt",
  text: "mlflow.prompt.text",
  type: "_mlflow_prompt_type",
} as const;

/** Whether tags mark a prompt; the last of a key counts. */
export function isPrompt(tags: readonly Tag[]): boolean {
  return tags.findLast(({ key }) => key === PROMPT_TAGS.isPrompt)?.value.toLowerCase() === "true";
}

/** A prompt's text is in a tag; its version has no files, and a word in the place of their source. */
export function checkPromptSource(source: string): void {
  if (PLACEHOLDERS.includes(source)) return;
  const message = `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** What clients send: MLflow's registry client, and its fluent functions. */
const PLACEHOLDERS: readonly string[] = ["prompt-template", "dummy-source"];
