import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { describe, expect, it } from "vitest";
import { findJobRunPlace } from "./job-run-place.ts";

const HERE = "http://127.0.0.1:5000";
const tagged = (url: string | undefined, jobRunId?: string): Tag[] => [
  ...(url === undefined ? [] : [{ key: SYSTEM_TAGS.databricksRunUrl, value: url }]),
  ...(jobRunId === undefined ? [] : [{ key: SYSTEM_TAGS.databricksJobRunId, value: jobRunId }]),
];

describe("findJobRunPlace", () => {
  it("is in this page for a job of this server", () => {
    expect(findJobRunPlace(tagged(`${HERE}/jobs/3/runs/7`, "7"), HERE)).toEqual({
      kind: "here",
      jobId: "3",
      jobRunId: "7",
    });
    expect(findJobRunPlace(tagged(`${HERE}/jobs/3/runs/7`), HERE)).toMatchObject({ kind: "here" });
  });

  it.each([
    "https://adb-1.azuredatabricks.net/?o=1#job/3/run/7",
    "http://127.0.0.1:50001/jobs/3/runs/7",
    "http://127.0.0.1.evil.example:5000/jobs/3/runs/7",
  ])("is elsewhere for %s", (url) => {
    expect(findJobRunPlace(tagged(url, "7"), HERE)).toEqual({ kind: "elsewhere", jobRunId: "7", url });
  });

  it.each([undefined, "javascript:alert(1)", "data:text/html,x", "jobs/3/runs/7", ""])(
    "is no link for %j",
    (url) => {
      expect(findJobRunPlace(tagged(url, "7"), HERE)).toEqual({ kind: "unknown", jobRunId: "7" });
    },
  );

  it("is not there for a run that no job made", () => {
    expect(findJobRunPlace([], HERE)).toBeUndefined();
  });
});
