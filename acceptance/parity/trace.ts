/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One HTTP exchange. `raw` marks a request that the script made by itself, without the client. */
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly raw: boolean;
  readonly status: number;
  readonly body: Json;
};

/** One thing that a user did: the exchanges it took, and its result or error. As `recorder.py` writes it. */
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
