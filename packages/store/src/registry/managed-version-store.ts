import type { ModelVersion } from "@flightdeck/protocol";
import type { CreateModelVersionInput, ModelVersionKey } from "./registry-store.ts";

/**
 * Versions whose files the registry keeps itself, as Unity Catalog does: whoever registers one sends its files
 * afterwards. The same promises as `RegistryStore`, beside which it stands.
 */
export interface ManagedVersionStore {
  /**
   * As `createModelVersion`, with a folder of its own for the files, and without telling the logged model of it. It is `PENDING_REGISTRATION` until it is
   * finalized; its source is a note, which may name a place that this server does not know. When it is deleted, its
   * files become garbage, unless another version has them too.
   */
  createManagedVersion(input: CreateModelVersionInput): Promise<ModelVersion>;
  /** Makes a version `READY`; one that is so already stays as it is. */
  finalizeModelVersion(key: ModelVersionKey): Promise<ModelVersion>;
  /** Whether files may be written at a URI: in the folder of a version, only while the version waits for them. */
  mayWriteAt(uri: string): Promise<boolean>;
}
