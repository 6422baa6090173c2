import { type AcceptedDifference, ANYTHING } from "./accepted-difference.ts";

export const TRACES: readonly AcceptedDifference[] = [
  {
    where: "traces/life: start and end",
    path: "calls[0].body.trace.trace_info.tags.team",
    stock: "null",
    ours: '"a"',
    reason:
      "A trace whose spans came first is answered with its tags, too; the stock server keeps them and does not tell.",
  },
  {
    where: "traces/*",
    path: "*.int_value",
    stock: ANYTHING,
    ours: '"',
    reason: "An int64 is text in protobuf's JSON form, so that it stays whole; clients read both.",
  },
  {
    where: "traces/life: start and end",
    path: "calls[*].body",
    stock: ANYTHING,
    ours: "flightdeck",
    reason: "Each tells its own version.",
  },
  {
    where: "traces/life: set a tag of an unknown",
    path: "calls[0].status",
    stock: "400",
    ours: "404",
    reason: "A trace that is not there is told as such; the stock server fails in its database.",
  },
  {
    where: "traces/life: set a tag of an unknown",
    path: "calls[0].body.error_code",
    stock: "BAD_REQUEST",
    ours: "RESOURCE_DOES_NOT_EXIST",
    reason: "A trace that is not there is told as such; the stock server fails in its database.",
  },
  {
    where: "traces/life: set a tag of an unknown",
    path: "calls[0].body.message",
    stock: "FOREIGN KEY",
    ours: "not found",
    reason: "A trace that is not there is told as such; the stock server fails in its database.",
  },
];
