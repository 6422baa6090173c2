export { describeGarbageStore, type OpenGarbageStore } from "./describe-garbage-store.ts";
export { describeImportSink } from "./describe-import-sink.ts";
export { describeRegistryStore } from "./describe-registry-store.ts";
export { describeTraceStore, type TraceTestStore } from "./describe-trace-store.ts";
export { describeTrackingStore } from "./describe-tracking-store.ts";
export { describeWorkspaceStore, type OpenWorkspaceStore } from "./describe-workspace-store.ts";
export { describeWebhookStore } from "./describe-webhook-store.ts";
export type { OpenTestStore, TestStore } from "./test-store.ts";
