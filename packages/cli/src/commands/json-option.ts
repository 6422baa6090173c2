export type JsonFlag = { readonly json?: boolean };

/** Every command that prints has it. */
export const JSON_OPTION: readonly [string, string] = ["--json", "Print JSON."];

/** For commands that print nothing else. */
export const ALWAYS_JSON_OPTION: readonly [string, string] = ["--json", "Accepted: JSON is what is printed."];
