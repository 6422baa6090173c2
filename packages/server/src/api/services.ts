import type { Store } from "@flightdeck/store";
import type { ServedArtifacts } from "../artifacts/served-artifacts.ts";
import type { UploadSlots } from "../artifacts/receive-artifact.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { JobServices } from "../jobs/job-services.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import type { WorkspaceServices } from "../workspace/workspace-services.ts";

/** What the handlers of requests work with. */
export type Services = {
  readonly store: Store;
  readonly artifacts: ServedArtifacts;
  readonly events: EventBus;
  readonly webhooks: Webhooks;
  readonly uploads: UploadSlots;
  readonly workspace: WorkspaceServices;
  readonly jobs: JobServices;
};
