import { expect, test } from "vitest";
import {
  assessmentFromWire,
  assessmentSchema,
  assessmentToWire,
  assessmentUpdateFromWire,
  assessmentUpdateToWire,
} from "./assessment.ts";

const parse = (fields: object): ReturnType<typeof assessmentSchema.parse> =>
  assessmentSchema.parse({ assessment_name: "n", trace_id: "tr-1", ...fields });

test("feedback and expectations survive the wire", () => {
  const error = { error_code: "E", error_message: "m", stack_trace: "s" };
  const all = [
    { feedback: { value: true } },
    { feedback: { value: null, error } },
    { expectation: { value: "z" } },
    { expectation: { serialized_value: { serialization_format: "JSON_FORMAT", value: '{"a":[1]}' } } },
  ];
  for (const value of all) {
    const assessment = assessmentFromWire(parse(value));
    const wire: object = assessmentToWire(assessment);
    expect(wire).toMatchObject(value);
    expect(assessmentFromWire(parse(wire))).toEqual(assessment);
  }
});

test.each([
  [{}, "exactly one of 'feedback' and 'expectation'"],
  [{ feedback: {}, expectation: {} }, "exactly one of 'feedback' and 'expectation'"],
  [{ expectation: { serialized_value: { value: "{" } } }, "must be JSON"],
  [
    { expectation: { serialized_value: { value: "[".repeat(5000) + "]".repeat(5000) } } },
    "at most 32 levels",
  ],
])("%j is refused", (fields, words) => {
  expect(() => assessmentFromWire(parse(fields))).toThrow(words);
});

test("an update changes the fields in its mask, in either spelling", () => {
  const wire = parse({ feedback: { value: 1 }, rationale: "r", metadata: { a: "1" } });
  expect(assessmentUpdateFromWire(wire, "assessmentName,rationale")).toEqual({ name: "n", rationale: "r" });
  expect(assessmentUpdateFromWire(wire, "feedback, metadata")).toEqual({
    value: { kind: "feedback", value: 1 },
    metadata: [{ key: "a", value: "1" }],
  });
  expect(() => assessmentUpdateFromWire(wire, "source")).toThrow("update_mask may contain");
});

test("an update survives the wire", () => {
  for (const update of [
    { name: "n" },
    { value: { kind: "feedback", value: 0.5 }, rationale: "" },
    { value: { kind: "expectation", value: { a: 1 } }, metadata: [{ key: "a", value: "1" }] },
  ] as const) {
    const { assessment, update_mask } = assessmentUpdateToWire(update);
    expect(assessmentUpdateFromWire(assessmentSchema.parse(assessment), update_mask)).toEqual(update);
  }
});
