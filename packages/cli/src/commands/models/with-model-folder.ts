import { parseArtifactUri } from "@flightdeck/artifacts";
import { downloadArtifacts } from "@flightdeck/client";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showTransfer } from "../../output/show-transfer.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withTracking } from "../../tracking/with-tracking.ts";

/** Calls `action` with a folder that holds the model; one from a server is downloaded, and removed afterwards. */
export async function withModelFolder<T>(
  flags: DataDirFlag & { readonly modelUri: string },
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const parsed = parseArtifactUri(flags.modelUri);
  if (parsed.kind === "file") return await action(parsed.file);
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-model-"));
  try {
    const model = await withTracking(flags, ({ client }) =>
      downloadArtifacts(client, flags.modelUri, folder, { onProgress: showTransfer }),
    );
    return await action(model);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
