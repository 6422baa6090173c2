import { AppError, messageOf } from "@flightdeck/core";
import { frameFromCsv } from "@flightdeck/frame";
import type { Scorer } from "../scorer.ts";
import type { Predictions } from "../signature/infer-signature.ts";
import { parseContentType } from "./content-type.ts";
import { parseInvocation, parsePandasRecords, parsePandasSplit } from "./parse-invocation.ts";

export type ScoreRequest = {
  readonly contentType: string | undefined;
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Answers the body of an invocation with JSON text: `{"predictions": […]}`, or the bare list of MLflow 1 when the
 * Content-Type has its `format=pandas-split` or `format=pandas-records`.
 *
 * @example
 * ```ts
 * const answer = await scoreRequest(scorer, {
 *   contentType: "application/json",
 *   body: '{"dataframe_split": {"columns": ["Distance"], "data": [[1846]]}}',
 * }); // {"predictions": [0]}
 * ```
 */
export async function scoreRequest(scorer: Scorer, request: ScoreRequest): Promise<string> {
  const { body, signal } = request;
  switch (parseContentType(request.contentType)) {
    case "json":
      return wrapped(await scorer.predictRows(parseInvocation(body), signal));
    case "csv":
      return wrapped(await scorer.predict(parseCsv(body), signal));
    case "pandas-split":
      return JSON.stringify(await scorer.predictRows(parsePandasSplit(body), signal));
    case "pandas-records":
      return JSON.stringify(await scorer.predictRows(parsePandasRecords(body), signal));
  }
}

function wrapped(predictions: Predictions): string {
  return JSON.stringify({ predictions });
}

function parseCsv(body: string): ReturnType<typeof frameFromCsv> {
  try {
    return frameFromCsv(body);
  } catch (cause) {
    throw new AppError("BAD_REQUEST", `the body is not CSV with a header: ${messageOf(cause)}`, { cause });
  }
}
