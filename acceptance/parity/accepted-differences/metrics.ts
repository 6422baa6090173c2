import { type AcceptedDifference, ANYTHING } from "./accepted-difference.ts";

export const METRICS: readonly AcceptedDifference[] = [
  {
    where: "metrics/metrics: log a far step",
    path: "calls[0]",
    stock: '"status":200',
    ours: "Too big",
    reason: "Numbers beyond 2^53 are rejected where they could not be stored exactly.",
  },
  {
    where: "metrics/metrics: log a far time",
    path: "calls[0]",
    stock: '"status":200',
    ours: "Too big",
    reason: "Numbers beyond 2^53 are rejected where they could not be stored exactly.",
  },
  {
    where: "metrics/metrics: get the metrics",
    path: "*.metrics",
    stock: "9007199254740992",
    ours: ANYTHING,
    reason: "Numbers beyond 2^53 are rejected where they could not be stored exactly.",
  },
];
