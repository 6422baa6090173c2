import type { Metric, Page, Run, Tag } from "@flightdeck/protocol";
import type { RegistryStore } from "../registry/registry-store.ts";
import type { SearchRunsInput, TrackingStore } from "../tracking/tracking-store.ts";

/** A metric point. Missing fields are zero. */
export function metric(key: string, value: number, rest: Partial<Metric> = {}): Metric {
  return { key, value, step: 0, timestampMs: 0, ...rest };
}

export function texts(values: Readonly<Record<string, string>>): readonly Tag[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

type RunContents = {
  readonly name?: string | undefined;
  readonly startTimeMs?: number | undefined;
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
};

/** Creates a run with the given contents. */
export async function makeRun(
  tracking: TrackingStore,
  experimentId: string,
  { name = "", startTimeMs = 0, metrics = {}, params = {}, tags = {} }: RunContents = {},
): Promise<Run> {
  const { info } = await tracking.createRun({
    experimentId,
    startTimeMs,
    tags: texts(tags),
    ...(name !== "" && { runName: name }),
  });
  const points = Object.entries(metrics).map(([key, value]) => metric(key, value));
  await tracking.logBatch({ runId: info.runId, metrics: points, params: texts(params) });
  return tracking.getRun(info.runId);
}

/** Reads all pages of a search and returns the names of the runs. */
export async function searchNames(
  tracking: TrackingStore,
  input: Omit<SearchRunsInput, "runViewType"> & Partial<Pick<SearchRunsInput, "runViewType">>,
): Promise<readonly string[]> {
  const names: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await tracking.searchRuns({
      runViewType: "ACTIVE_ONLY",
      ...input,
      pageToken,
    });
    names.push(...page.items.map(({ info }) => info.runName));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return names;
}

/** Puts the slices of a page together. The last one has the token. */
export async function joined<T>(slices: AsyncIterable<Page<T>>): Promise<Page<T>> {
  const items: T[] = [];
  let nextPageToken: string | undefined;
  for await (const slice of slices) {
    items.push(...slice.items);
    nextPageToken = slice.nextPageToken;
  }
  return nextPageToken === undefined ? { items } : { items, nextPageToken };
}

/** Returns the code and message of the error that a call rejects with, or "no error". */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error && "code" in error
      ? `${String(error.code)}: ${error.message}`
      : String(error);
  }
  return "no error";
}

/** An empty store with only the default experiment. */
export type TestStore = {
  readonly tracking: TrackingStore;
  readonly registry: RegistryStore;
  close(): Promise<void>;
};

/** Opens a store on an empty database, for one test. */
export type OpenTestStore = () => Promise<TestStore>;
