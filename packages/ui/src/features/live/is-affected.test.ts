import { describe, expect, it } from "vitest";
import { parseChanges } from "./change.ts";
import { isAffected } from "./is-affected.ts";

const query = (
  queryKey: readonly unknown[],
  data?: unknown,
): { queryKey: readonly unknown[]; data: unknown } => ({
  queryKey,
  data,
});

describe("isAffected", () => {
  it("renews an experiment's lists when a run begins or ends", () => {
    const change = { kind: "experiment", id: "1" };
    expect(isAffected(query(["experiments", ""]), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}]), change)).toBe(true);
    expect(isAffected(query(["runs", "2", {}]), change)).toBe(false);
    expect(isAffected(query(["registered-models"]), change)).toBe(false);
  });

  it("renews what shows a run that logged something", () => {
    const change = { kind: "run", id: "r1" };
    const page = { items: [{ info: { runId: "r1" } }] };
    expect(isAffected(query(["run", "r1"]), change)).toBe(true);
    expect(isAffected(query(["metric-history", "r1", "loss"]), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}], { pages: [{ items: [] }, page] }), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}], page), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}], { pages: [{ items: [] }] }), change)).toBe(false);
    expect(isAffected(query(["run", "r2"]), change)).toBe(false);
  });

  it("renews a run of a job and the lists of them", () => {
    const change = { kind: "job_run", id: "7" };
    expect(isAffected(query(["job-runs", ""]), change)).toBe(true);
    expect(isAffected(query(["job-run", "7"]), change)).toBe(true);
    expect(isAffected(query(["job-run", "8"]), change)).toBe(false);
    expect(isAffected(query(["run", "7"]), change)).toBe(false);
  });

  it("renews all for a kind it does not know", () => {
    expect(isAffected(query(["run", "r1"]), { kind: "notebook", id: "1" })).toBe(true);
  });
});

describe("parseChanges", () => {
  it("reads what the server sends", () => {
    expect(parseChanges('{"changes":[{"kind":"run","id":"r1"}]}')).toEqual([{ kind: "run", id: "r1" }]);
  });

  it.each(["", "null", "[]", '{"changes":1}', '{"changes":[null,{"kind":"run"}]}'])(
    "takes %j for no change",
    (text) => {
      expect(parseChanges(text)).toEqual([]);
    },
  );
});
