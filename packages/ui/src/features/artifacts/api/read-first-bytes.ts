import { errorFromWire } from "@flightdeck/protocol";
import { authorizedFetch } from "../../login/authorized-fetch.ts";

export type FirstBytes = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the file ends where the bytes end. */
  readonly isWhole: boolean;
};

type ReadOptions = { readonly bytesMax: number; readonly signal: AbortSignal };

/**
 * The first bytes of what an address serves. Asks for that range only; from a server that sends all of it the rest is
 * not read. An answer other than a success throws its `AppError`.
 */
export async function readFirstBytes(
  address: string,
  { bytesMax, signal }: ReadOptions,
): Promise<FirstBytes> {
  // One byte more than wanted tells whether there is more.
  const response = await authorizedFetch(address, { signal, headers: { range: `bytes=0-${bytesMax}` } });
  if (response.status === RANGE_NOT_SATISFIABLE) return { bytes: new Uint8Array(0), isWhole: true };
  if (!response.ok) throw errorFromWire(response.status, parseJson(await response.text()));
  const reader = response.body?.getReader();
  if (reader === undefined) return { bytes: new Uint8Array(0), isWhole: true };
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= bytesMax) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  await reader.cancel();
  return { bytes: join(chunks, Math.min(length, bytesMax)), isWhole: length <= bytesMax };
}

/** How servers answer a range of an empty file. */
const RANGE_NOT_SATISFIABLE = 416;

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk.subarray(0, length - offset), offset);
    offset += Math.min(chunk.length, length - offset);
  }
  return all;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A proxy's page: `errorFromWire` makes an error of the status.
  }
}
