/**
 * Which workspace, for every command below `databricks`, and its groups: `databricks --profile lab fs ls` and
 * `databricks fs ls --profile lab` are the same.
 */
export type ProfileFlag = { readonly profile?: string };

export const PROFILE_OPTION: readonly [string, string] = [
  "--profile <NAME>",
  "Profile of ~/.databrickscfg (default: DATABRICKS_HOST and DATABRICKS_TOKEN, else DEFAULT).",
];
