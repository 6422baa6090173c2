import { AppError } from "@flightdeck/core";

/** A prompt's text is in a tag; its version has no files, and a word in the place of their source. */
export function checkPromptSource(source: string): void {
  if (PLACEHOLDERS.includes(source)) return;
  const message = `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** What clients send: MLflow's registry client, and its fluent functions. */
const PLACEHOLDERS: readonly string[] = ["prompt-template", "dummy-source"];
