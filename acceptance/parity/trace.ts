/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One HTTP exchange. `raw` marks a request that the script sent itself, without the client. */
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly raw: boolean;
  readonly status: number;
  readonly body: Json;
};

/** One user action with its HTTP exchanges and its result or error, as written by `recorder.py`. */
export type Step = {
  readonly name: string;
  readonly calls: readonly Call[];
  readonly result?: Json;
  readonly error?: Json;
};

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
