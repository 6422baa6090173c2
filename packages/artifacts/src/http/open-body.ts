import { Readable } from "node:stream";
import type { ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import { checkRange, unsatisfiableRange } from "../range.ts";

/** The stream of an answered download. A server that ignores ranges sends all; the rest is cut off here. */
export async function openBody(response: Response, range: ByteRange | undefined): Promise<OpenedArtifact> {
  if (response.status === 416) {
    await response.body?.cancel();
    throw unsatisfiableRange(range ?? { start: 0 }, totalOf(response));
  }
  const sizeBytes = totalOf(response) ?? Number(response.headers.get("content-length") ?? Number.NaN);
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
  if (range === undefined || response.status === 206) return { stream: body, sizeBytes };
  const bounds = checkRange(range, sizeBytes);
  return { stream: Readable.from(cut(body, bounds), { objectMode: false }), sizeBytes };
}

/** The artifact's size from `Content-Range: bytes 0-99/1234`, or from a refused range's answer. */
function totalOf(response: Response): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

async function* cut(body: Readable, { start, end }: Required<ByteRange>): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const wanted = chunk.subarray(Math.max(start - at, 0), Math.max(end + 1 - at, 0));
    at += chunk.byteLength;
    if (wanted.byteLength > 0) yield wanted;
    if (at > end) return;
  }
}
