import type { Assessment } from "@flightdeck/protocol";
import { beforeAll, expect, test } from "vitest";
import { failure, texts } from "./helpers.ts";
import { searchIds, START_MS, traceInfo, type TraceTestStore } from "./trace-helpers.ts";

export function assessmentTests(store: () => TraceTestStore): void {
  const traceId = "tr-assessed";
  const make = (rest: Partial<Assessment> = {}): Assessment => ({
    assessmentId: "",
    name: "good",
    traceId,
    source: { sourceType: "HUMAN", sourceId: "bob" },
    createTimeMs: START_MS,
    lastUpdateTimeMs: START_MS,
    value: { kind: "feedback", value: true },
    metadata: [],
    valid: true,
    ...rest,
  });
  beforeAll(() => store().traces.startTrace(traceInfo(traceId)));
  const find = (filter: string): Promise<readonly string[]> =>
    searchIds(store().traces, { experimentIds: ["0"], filter });

  test("keeps feedback and expectations", async () => {
    const { traces } = store();
    const error = { errorCode: "E", errorMessage: "m", stackTrace: "s" };
    const feedback = make({
      value: { kind: "feedback", value: null, error },
      rationale: "because",
      spanId: "1".repeat(16),
      metadata: texts({ a: "1", b: "2" }),
    });
    const expectation = make({ name: "expected", value: { kind: "expectation", value: { a: [1, "x"] } } });
    for (const given of [feedback, expectation]) {
      const created = await traces.createAssessment(given);
      expect(created).toEqual({ ...given, assessmentId: expect.stringMatching(/^a-[0-9a-f]{32}$/) });
      expect(await traces.getAssessment(traceId, created.assessmentId)).toEqual(created);
      expect((await traces.getTraceInfo(traceId)).assessments).toContainEqual(created);
      await traces.deleteAssessment(traceId, created.assessmentId);
    }
  });

  test("can be sent with a trace, and survive sending the trace again", async () => {
    const { traces } = store();
    const info = traceInfo("tr-judged", { assessments: [make({ traceId: "tr-judged" })] });
    const { assessments } = await traces.startTrace(info);
    expect(assessments.map(({ name }) => name)).toEqual(["good"]);
    expect((await traces.startTrace({ ...info, assessments })).assessments).toEqual(assessments);
  });

  test("changes only what an update names", async () => {
    const { traces } = store();
    const { assessmentId } = await traces.createAssessment(make({ metadata: texts({ a: "1", b: "1" }) }));
    const updated = await traces.updateAssessment(traceId, assessmentId, {
      value: { kind: "feedback", value: 0.5 },
      metadata: texts({ b: "2" }),
    });
    expect(updated).toMatchObject({
      name: "good",
      value: { kind: "feedback", value: 0.5 },
      metadata: texts({ a: "1", b: "2" }),
      createTimeMs: START_MS,
    });
    expect(updated.lastUpdateTimeMs).toBeGreaterThan(START_MS);
    const wrong = { value: { kind: "expectation", value: 1 } } as const;
    expect(await failure(traces.updateAssessment(traceId, assessmentId, wrong))).toBe(
      "INVALID_PARAMETER_VALUE: Cannot update expectation value on a Feedback assessment.",
    );
    await traces.deleteAssessment(traceId, assessmentId);
  });

  test("an overridden assessment is invalid until the overriding one is deleted", async () => {
    const { traces } = store();
    const first = await traces.createAssessment(
      make({ name: "score", value: { kind: "feedback", value: 0.2 } }),
    );
    const second = await traces.createAssessment(
      make({ name: "score", value: { kind: "feedback", value: 0.9 }, overrides: first.assessmentId }),
    );
    expect((await traces.getAssessment(traceId, first.assessmentId)).valid).toBe(false);
    expect(await find("feedback.score < 0.5")).toEqual([]);
    await traces.deleteAssessment(traceId, second.assessmentId);
    expect((await traces.getAssessment(traceId, first.assessmentId)).valid).toBe(true);
    expect(await find("feedback.score < 0.5")).toEqual([traceId]);
    await traces.deleteAssessment(traceId, second.assessmentId);
    expect(await failure(traces.createAssessment(make({ overrides: "a-none" })))).toBe(
      `RESOURCE_DOES_NOT_EXIST: Assessment with ID 'a-none' not found for trace '${traceId}'`,
    );
  });

  test("finds traces by assessment", async () => {
    const { traces } = store();
    await traces.createAssessment(make({ name: "yes" }));
    await traces.createAssessment(make({ name: "word", value: { kind: "feedback", value: "fine" } }));
    await traces.createAssessment(make({ name: "n", value: { kind: "expectation", value: 5 } }));
    for (const filter of [
      "feedback.yes = 'true'",
      "feedback.yes != 'false'",
      "feedback.word = 'fine'",
      "feedback.word LIKE 'fi%'",
      "expectation.n = '5'",
      "expectation.n = 5",
      "expectation.n = '5.0'",
      "expectation.n BETWEEN 4 AND 6",
      "expectation.n IS NOT NULL",
    ]) {
      expect([filter, await find(filter)]).toEqual([filter, [traceId]]);
    }
    for (const filter of [
      "feedback.yes > 0",
      "feedback.n = '5'",
      "feedback.word = 'Fine'",
      "expectation.n > 5",
    ]) {
      expect([filter, await find(filter)]).toEqual([filter, []]);
    }
  });

  test("refuses invalid assessments", async () => {
    const { traces } = store();
    expect(await failure(traces.createAssessment(make({ name: "" })))).toContain("Missing value");
    expect(await failure(traces.createAssessment(make({ rationale: "x".repeat(70_000) })))).toContain(
      "65535",
    );
    expect(await failure(traces.createAssessment(make({ traceId: "tr-none" })))).toBe(
      "RESOURCE_DOES_NOT_EXIST: Trace with ID 'tr-none' not found.",
    );
    expect(await failure(traces.getAssessment(traceId, "a-none"))).toBe(
      `RESOURCE_DOES_NOT_EXIST: Assessment with ID 'a-none' not found for trace '${traceId}'`,
    );
  });
}
