import type { FileMetaData } from "hyparquet";
import { AppError } from "@flightdeck/core";
import type { ByteSource } from "../sources/byte-source.ts";

/** A contiguous part of a file; `end` is exclusive. */
export type ByteSpan = { readonly start: number; readonly end: number };

/** A part of a file that has been read. */
export type FilePiece = { readonly start: number; readonly bytes: ArrayBuffer };

/** The largest gap between two chunks for which reading the gap is cheaper than a second request: 20 ms at 50 MB/s. */
const GAP_BYTES_MAX = 1 << 20;
/** The maximum length of one request, unless a single chunk is longer; requests run in parallel. */
const SPAN_BYTES_MAX = 8 << 20;

/**
 * Determines the parts of the file that contain the given columns of a row group, before anything is read. Adjacent or
 * nearly adjacent chunks form one part. Throws INVALID_PARAMETER_VALUE if a chunk is outside the file.
 */
export function planGroup(
  group: FileMetaData["row_groups"][number],
  columns: ReadonlySet<string>,
  byteLength: number,
): readonly ByteSpan[] {
  const chunks = group.columns
    .flatMap(({ meta_data: chunk }) => (chunk && columns.has(chunk.path_in_schema[0] ?? "") ? [chunk] : []))
    .map((chunk) => {
      // Without a dictionary, writers omit its offset or set it to 0.
      const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
      return checked({ start, end: start + Number(chunk.total_compressed_size) }, byteLength);
    });
  const spans: { start: number; end: number }[] = [];
  for (const chunk of chunks.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last !== undefined && canJoin(last, chunk)) last.end = Math.max(last.end, chunk.end);
    else spans.push({ ...chunk });
  }
  return spans;
}

/** Reads all parts in parallel. */
export function readPieces(source: ByteSource, spans: readonly ByteSpan[]): Promise<FilePiece[]> {
  return Promise.all(spans.map(async ({ start, end }) => ({ start, bytes: await source.slice(start, end) })));
}

/** Presents the pieces as a file; bytes that were not read are zero. */
export function fileOfPieces(byteLength: number, pieces: readonly FilePiece[]): ByteSource {
  return {
    byteLength,
    slice: async (start, end = byteLength) => {
      const out = new Uint8Array(end - start);
      for (const piece of pieces) copyOverlap(piece, start, out);
      return out.buffer;
    },
  };
}

function copyOverlap(piece: FilePiece, start: number, out: Uint8Array): void {
  const from = Math.max(start, piece.start);
  const to = Math.min(start + out.length, piece.start + piece.bytes.byteLength);
  if (from < to) out.set(new Uint8Array(piece.bytes, from - piece.start, to - from), from - start);
}

function canJoin(last: ByteSpan, next: ByteSpan): boolean {
  return next.start - last.end <= GAP_BYTES_MAX && next.end - last.start <= SPAN_BYTES_MAX;
}

function checked(span: ByteSpan, byteLength: number): ByteSpan {
  if (span.start >= 0 && span.end >= span.start && span.end <= byteLength) return span;
  const message = `a column lies in bytes ${span.start}..${span.end} of a file of ${byteLength}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
