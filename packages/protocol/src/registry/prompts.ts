import type { Tag } from "../tag.ts";

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
