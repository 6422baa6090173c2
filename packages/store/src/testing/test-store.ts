import type { RegistryStore } from "../registry/registry-store.ts";
import type { TrackingStore } from "../tracking/tracking-store.ts";

/** A store with nothing in it but the default experiment. */
export type TestStore = {
  readonly tracking: TrackingStore;
  readonly registry: RegistryStore;
  close(): Promise<void>;
};

export type OpenTestStore = () => Promise<TestStore>;
