import { type AppError, invalid, isObject, messageOf } from "@flightdeck/core";
import { type Command, Option } from "commander";
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { DATA_DIR_OPTION } from "../../data-dir.ts";
import { printLine } from "../../output/print.ts";
import { watchStopSignals } from "../../stop-signals.ts";
import { ALWAYS_JSON_OPTION } from "../options.ts";
import { addEnvironmentOptions, loadFlaggedModel, MODEL_URI, type ModelFlags } from "./model-options.ts";

type PredictFlags = ModelFlags & {
  readonly inputPath?: string | undefined;
  readonly outputPath?: string | undefined;
  readonly contentType: keyof typeof CONTENT_TYPES;
};

const CONTENT_TYPES = { json: "application/json", csv: "text/csv" } as const;

/** `flightdeck models predict`. */
export function definePredict(command: Command): void {
  command
    .description("Print a model's predictions for a file as JSON.")
    .requiredOption(...MODEL_URI)
    .option("-i, --input-path <TEXT>", "Input file (default: standard input).")
    .option("-o, --output-path <TEXT>", "File to write (default: print).")
    .addOption(
      new Option("-t, --content-type <TEXT>", "Format of the input.")
        .choices(Object.keys(CONTENT_TYPES))
        .default("json"),
    )
    .option(...ALWAYS_JSON_OPTION);
  addEnvironmentOptions(command)
    .option(...DATA_DIR_OPTION)
    .action(predictWithModel);
}

/** Scores a file as if it were the body of a request to the scoring server. */
async function predictWithModel(flags: PredictFlags): Promise<void> {
  const stop = watchStopSignals();
  try {
    const model = await loadFlaggedModel(flags, stop.signal);
    try {
      const body = await readInput(flags.inputPath);
      const contentType = CONTENT_TYPES[flags.contentType];
      const answer = await model.answer({ contentType, body, signal: stop.signal });
      if (answer.status !== 200) throw refusedInput(answer.body.toString());
      if (flags.outputPath !== undefined) await writeFile(flags.outputPath, answer.body);
      else printLine(answer.body.toString());
    } finally {
      await model.close();
    }
  } finally {
    stop.dispose();
  }
}

/** Returns the error for a rejected input: the first line of Python's message, since the rest is a stack trace. */
function refusedInput(body: string): AppError {
  const answer: unknown = JSON.parse(body);
  const message = isObject(answer) ? answer["message"] : undefined; // The format of all MLflow errors.
  const [line = body] = (typeof message === "string" ? message : body).split("\n");
  return invalid(line);
}

async function readInput(path: string | undefined): Promise<string> {
  if (path === undefined) return await text(process.stdin);
  return await readFile(path, "utf8").catch((cause: unknown) => {
    throw invalid(`--input-path ${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
}
