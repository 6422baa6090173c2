import { type AcceptedDifference, ANYTHING } from "./accepted-difference.ts";

export const TRACES: readonly AcceptedDifference[] = [
  {
    where: "traces/life: start and end",
    path: "calls[0].body.trace.trace_info.tags.team",
    stock: "null",
    ours: '"a"',
    reason:
      "The response includes the tags of a trace whose spans came first; the stock server stores them but omits them from the response.",
  },
  {
    where: "traces/*",
    path: "*.int_value",
    stock: ANYTHING,
    ours: '"',
    reason: "An int64 is a string in protobuf's JSON format, so that it stays exact; clients read both.",
  },
  {
    where: "traces/life: start and end",
    path: "calls[*].body",
    stock: ANYTHING,
    ours: "flightdeck",
    reason: "Each server reports its own version.",
  },
  {
    where: "traces/life: set a tag of an unknown",
    path: "calls[0].status",
    stock: "400",
    ours: "404",
    reason: "A missing trace is reported as such; the stock server fails in its database.",
  },
  {
    where: "traces/life: set a tag of an unknown",
    path: "calls[0].body.error_code",
    stock: "BAD_REQUEST",
    ours: "RESOURCE_DOES_NOT_EXIST",
    reason: "A missing trace is reported as such; the stock server fails in its database.",
  },
  {
    where: "traces/life: set a tag of an unknown",
    path: "calls[0].body.message",
    stock: "FOREIGN KEY",
    ours: "not found",
    reason: "A missing trace is reported as such; the stock server fails in its database.",
  },
];
