import { AppError, messageOf } from "@flightdeck/core";
import { loadModel, scoreRequest } from "@flightdeck/models";
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { printLine } from "../../output/print.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withModelFolder } from "./with-model-folder.ts";

export type PredictFlags = DataDirFlag & {
  readonly modelUri: string;
  readonly inputPath?: string;
  readonly outputPath?: string;
  readonly contentType: "json" | "csv";
};

const CONTENT_TYPES = { json: "application/json", csv: "text/csv" } as const;

/** Scores a file as the scoring server would score it as a request. */
export async function predictWithModel(flags: PredictFlags): Promise<void> {
  const answer = await withModelFolder(flags, async (folder) => {
    const scorer = await loadModel(folder);
    const body = await readInput(flags.inputPath);
    return await scoreRequest(scorer, { contentType: CONTENT_TYPES[flags.contentType], body });
  });
  if (flags.outputPath === undefined) printLine(answer);
  else await writeFile(flags.outputPath, answer);
}

async function readInput(path: string | undefined): Promise<string> {
  if (path === undefined) return await text(process.stdin);
  return await readFile(path, "utf8").catch((cause: unknown) => {
    const message = `--input-path ${path} cannot be read: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  });
}
