import { errorFromWire } from "@flightdeck/protocol";
import { authorizedFetch } from "../../login/authorized-fetch.ts";

/** Longer than any browser takes to begin with saving. */
const SAVE_MS = 60_000;

/** Fetches a file with the reader's token and has the browser save it. It is in memory for a while. */
export async function saveArtifact(address: string, name: string): Promise<void> {
  const response = await authorizedFetch(address);
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => undefined); // A proxy's page: the status says enough.
    throw errorFromWire(response.status, body);
  }
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), SAVE_MS);
}
