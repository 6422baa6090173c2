import type { Metric, Run, Tag } from "@flightdeck/protocol";
import type { RegistryStore } from "../registry/registry-store.ts";
import type { SearchRunsInput, TrackingStore } from "../tracking/tracking-store.ts";

/** A point with zeros where nothing else is said. */
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

/** A run with what is given in it. */
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

/** Names of all runs that a search gives, page after page. */
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

/** The message of the error that a call ends with, after its code. */
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

/** A store with nothing in it but the default experiment. */
export type TestStore = {
  readonly tracking: TrackingStore;
  readonly registry: RegistryStore;
  close(): Promise<void>;
};

export type OpenTestStore = () => Promise<TestStore>;
