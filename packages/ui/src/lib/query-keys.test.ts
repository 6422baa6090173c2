import { describe, expect, test } from "vitest";
import { isAffected } from "./query-keys.ts";

const query = (
  queryKey: readonly unknown[],
  data?: unknown,
): { queryKey: readonly unknown[]; data: unknown } => ({
  queryKey,
  data,
});

describe("isAffected", () => {
  test("refreshes an experiment's lists when a run starts or ends", () => {
    const change = { kind: "experiment", id: "1" };
    expect(isAffected(query(["experiments", ""]), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}]), change)).toBe(true);
    expect(isAffected(query(["runs", "2", {}]), change)).toBe(false);
    expect(isAffected(query(["registered-models"]), change)).toBe(false);
  });

  test("refreshes what shows a run that logged something", () => {
    const change = { kind: "run", id: "r1" };
    const page = { items: [{ info: { runId: "r1" } }] };
    expect(isAffected(query(["run", "r1"]), change)).toBe(true);
    expect(isAffected(query(["metric-history", "r1", "loss"]), change)).toBe(true);
    expect(isAffected(query(["metric-history", "r0,r1", "loss"]), change)).toBe(true);
    expect(isAffected(query(["metric-history", "r0,r11", "loss"]), change)).toBe(false);
    expect(isAffected(query(["runs", "1", {}], { pages: [{ items: [] }, page] }), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}], page), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}], { pages: [{ items: [] }] }), change)).toBe(false);
    expect(isAffected(query(["run", "r2"]), change)).toBe(false);
    expect(isAffected(query(["runs", "1", {}], { runs: [{ runId: "r1" }] }), change)).toBe(true);
    expect(isAffected(query(["runs", "1", {}], { runs: [{ runId: "r2" }] }), change)).toBe(false);
  });

  test("refreshes a job run and the lists of job runs", () => {
    const change = { kind: "job_run", id: "7" };
    expect(isAffected(query(["job-runs", ""]), change)).toBe(true);
    expect(isAffected(query(["job-run", "7"]), change)).toBe(true);
    expect(isAffected(query(["job-run", "8"]), change)).toBe(false);
    expect(isAffected(query(["run", "7"]), change)).toBe(false);
  });

  test("refreshes everything for an unknown kind", () => {
    expect(isAffected(query(["run", "r1"]), { kind: "notebook", id: "1" })).toBe(true);
  });
});
