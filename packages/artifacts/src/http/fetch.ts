/** The built-in `fetch`, or one that adds retries to it. */
export type Fetch = typeof globalThis.fetch;
