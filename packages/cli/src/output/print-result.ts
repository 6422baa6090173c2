import { printJson, printLine } from "./print.ts";

/** Says what was done: in a sentence, or in a JSON object with `--json`. */
export function printResult(json: boolean | undefined, sentence: string, result: object): void {
  if (json) printJson(result);
  else printLine(sentence);
}
