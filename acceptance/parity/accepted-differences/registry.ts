import { type AcceptedDifference, ABSENT, ANYTHING } from "./accepted-difference.ts";

export const REGISTRY: readonly AcceptedDifference[] = [
  {
    where: "registry/*",
    path: "*.latest_versions[*].aliases",
    stock: ABSENT,
    ours: "[",
    reason: "A version's aliases are included wherever the version is.",
  },
  {
    where: "registry/*",
    path: "*",
    clients: ["1.30.1"],
    stock: ANYTHING,
    ours: ANYTHING,
    reason:
      "The stock server has removed the paths below /preview that this client uses for the registry; here they work.",
  },
  {
    where: "registry/search *: * OR *",
    path: "calls[0]",
    stock: '"status":400',
    ours: '"status":200',
    reason: "The grammar extends MLflow's with OR, NOT, parentheses and BETWEEN.",
  },
  {
    where: "registry/models: create one of 257 characters",
    path: "calls[0]",
    stock: '"status":200',
    ours: "maximum length of 256",
    reason: "A name has at most 256 characters, as in the stock server's other databases.",
  },
  {
    where: "registry/search models: order by ['creation_timestamp DESC']",
    path: "calls[0]",
    stock: "Invalid order by key",
    ours: '"status":200',
    reason: "Results can be ordered by the times that they contain.",
  },
  {
    where: "registry/search models: max_results *",
    path: "calls[0]",
    stock: '"status":200',
    ours: "positive integer",
    reason: "A page has at least one entry.",
  },
  {
    where: "old_models/model: register",
    path: "calls",
    clients: ["1.30.1"],
    stock: ANYTHING,
    ours: "registered-models/create",
    reason:
      "The stock server has removed the paths below /preview that this client uses for the registry; here they work.",
  },
  {
    where: "old_models/model: get the version",
    path: "calls[0]",
    clients: ["1.30.1"],
    stock: "404",
    ours: '"version":"1"',
    reason: "As above: the version exists.",
  },
  {
    where: "old_models/model: load the *",
    path: "calls",
    clients: ["1.30.1"],
    stock: ANYTHING,
    ours: "model-versions/get-download-uri",
    reason: "As above: the version exists.",
  },
];
