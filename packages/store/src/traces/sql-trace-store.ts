import {
  type Assessment,
  type AssessmentUpdate,
  LIMITS,
  type Tag,
  type Trace,
  type TraceInfo,
} from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import type { Database } from "../database/work.ts";
import type { Page } from "../search/page.ts";
import { checkedTag } from "../validation/entities.ts";
import * as assessments from "./assessments.ts";
import {
  checkCount,
  checkedAssessment,
  checkedMetadata,
  checkedTraceInfo,
  checkedTraceTags,
  checkedUpdate,
  checkTraceTime,
} from "./check-trace.ts";
import { checkLinks, linkTraces, logSpans } from "./log-spans.ts";
import { searchTraces } from "./read-traces.ts";
import * as get from "./read-traces.ts";
import { findTraceRows } from "./trace-rows.ts";
import type {
  BatchGetTracesInput,
  DeleteTracesInput,
  EndTraceV2Input,
  LogSpansInput,
  SearchTracesInput,
  StartTraceV2Input,
  TraceStore,
} from "./trace-store.ts";
import { deleteTraceTag, setTraceTag } from "./trace-texts.ts";
import {
  checkDeletion,
  DELETE_STEP_TRACES,
  deleteTraces,
  endTraceV2,
  startTrace,
  startTraceV2,
} from "./traces.ts";

/**
 * Traces in a SQL database. Each method checks its input and runs one transaction; the other files of this folder have the
 * work inside it.
 */
export class SqlTraceStore implements TraceStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async startTrace(info: TraceInfo): Promise<TraceInfo> {
    const checked = { ...checkedTraceInfo(info), assessments: info.assessments.map(checkedAssessment) };
    return this.#database.write(() => startTrace(checked, this.#context.clock.nowMs()));
  }

  async startTraceV2(input: StartTraceV2Input): Promise<TraceInfo> {
    checkTraceTime("timestamp_ms", input.timestampMs);
    const checked = { ...input, ...checkedTexts(input) };
    return this.#database.write(() => startTraceV2(checked));
  }

  async endTraceV2(input: EndTraceV2Input): Promise<TraceInfo> {
    checkTraceTime("timestamp_ms", input.timestampMs);
    const checked = { ...input, ...checkedTexts(input) };
    return this.#database.write(() => endTraceV2(checked));
  }

  async logSpans(input: LogSpansInput): Promise<void> {
    return this.#database.write(() => logSpans(input));
  }

  async getTraceInfo(traceId: string): Promise<TraceInfo> {
    return this.#database.read(() => get.getTraceInfo(traceId));
  }

  async getTrace(
    traceId: string,
    { allowPartial = false }: { readonly allowPartial?: boolean | undefined } = {},
  ): Promise<Trace> {
    return this.#database.read(() => get.getTrace(traceId, allowPartial));
  }

  async batchGetTraces(input: BatchGetTracesInput): Promise<readonly Trace[]> {
    checkCount("trace_ids", input.traceIds.length, LIMITS.batchGetTracesMax);
    return this.#database.read(() => get.batchGetTraces(input));
  }

  async batchGetTraceInfos(input: BatchGetTracesInput): Promise<readonly TraceInfo[]> {
    checkCount("trace_ids", input.traceIds.length, LIMITS.searchTracesResultsMax);
    return this.#database.read(() => get.batchGetTraceInfos(input));
  }

  async searchTraces(input: SearchTracesInput): Promise<Page<TraceInfo>> {
    return this.#database.read(() => searchTraces(this.#context, input));
  }

  async deleteTraces(input: DeleteTracesInput): Promise<number> {
    checkDeletion(input);
    checkCount("request_ids", input.traceIds?.length ?? 0, LIMITS.deleteTraceIdsMax);
    const countMax = input.maxTraces ?? Number.POSITIVE_INFINITY;
    let count = 0;
    for (;;) {
      const limit = Math.min(DELETE_STEP_TRACES, countMax - count);
      const deleted = await this.#database.write(() => deleteTraces(input, limit));
      count += deleted;
      if (deleted < limit || count === countMax) return count;
    }
  }

  async setTraceTag(traceId: string, tag: Tag): Promise<void> {
    const checked = checkedTag(tag, "");
    return this.#database.write(() => setTraceTag(traceId, checked));
  }

  async deleteTraceTag(traceId: string, key: string): Promise<void> {
    return this.#database.write(() => deleteTraceTag(traceId, key));
  }

  async linkTracesToRun(traceIds: readonly string[], runId: string): Promise<void> {
    if (traceIds.length === 0) return;
    checkLinks(traceIds.length);
    return this.#database.write(function* () {
      yield* linkTraces(yield* findTraceRows(traceIds), runId);
    });
  }

  async createAssessment(assessment: Assessment): Promise<Assessment> {
    const checked = checkedAssessment(assessment);
    return this.#database.write(() => assessments.createAssessment(checked, this.#context.clock.nowMs()));
  }

  async getAssessment(traceId: string, assessmentId: string): Promise<Assessment> {
    return this.#database.read(() => assessments.getAssessment(traceId, assessmentId));
  }

  async updateAssessment(
    traceId: string,
    assessmentId: string,
    update: AssessmentUpdate,
  ): Promise<Assessment> {
    const change = { traceId, assessmentId, update: checkedUpdate(update) };
    return this.#database.write(() => assessments.updateAssessment(change, this.#context.clock.nowMs()));
  }

  async deleteAssessment(traceId: string, assessmentId: string): Promise<void> {
    return this.#database.write(() => assessments.deleteAssessment(traceId, assessmentId));
  }
}

type Texts = Pick<StartTraceV2Input, "requestMetadata" | "tags">;

function checkedTexts({ requestMetadata = [], tags = [] }: Texts): Texts {
  return { requestMetadata: checkedMetadata(requestMetadata), tags: checkedTraceTags(tags) };
}
