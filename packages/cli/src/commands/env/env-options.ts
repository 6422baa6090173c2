/** What builds environments, for `run` and `env create`. */
export const ENV_MANAGER_OPTION: readonly [string, string] = [
  "--env-manager <TEXT>",
  "What builds the environment: uv, virtualenv, conda, or local for none (default: what fits).",
];

export const BEST_EFFORT_OPTION: readonly [string, string] = [
  "--best-effort",
  "Build what can be had: the nearest Python, other versions, without what is missing; says what differs.",
];
