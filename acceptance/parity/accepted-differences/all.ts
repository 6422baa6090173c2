import type { AcceptedDifference } from "./accepted-difference.ts";
import { ARTIFACTS } from "./artifacts.ts";
import { EVERYWHERE } from "./everywhere.ts";
import { EXPERIMENTS } from "./experiments.ts";
import { LOGGED_MODELS } from "./logged-models.ts";
import { METRICS } from "./metrics.ts";
import { REGISTRY } from "./registry.ts";
import { RUNS } from "./runs.ts";
import { SEARCH_RUNS } from "./search-runs.ts";
import { TRACES } from "./traces.ts";
import { WEBHOOKS } from "./webhooks.ts";
import { WIRE } from "./wire.ts";

/** Every accepted difference. The suite fails on a difference that is not listed, and on an entry that no longer occurs. */
export const ACCEPTED_DIFFERENCES: readonly AcceptedDifference[] = [
  ...EVERYWHERE,
  ...REGISTRY,
  ...EXPERIMENTS,
  ...SEARCH_RUNS,
  ...LOGGED_MODELS,
  ...RUNS,
  ...METRICS,
  ...WIRE,
  ...ARTIFACTS,
  ...TRACES,
  ...WEBHOOKS,
];
