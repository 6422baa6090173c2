import { create } from "@bufbuild/protobuf";
import { crc32 } from "node:zlib";
import {
  type AddArtifactsRequest,
  AddArtifactsRequestSchema,
  type AddArtifactsRequest_ArtifactChunk,
  AddArtifactsRequest_ArtifactChunkSchema,
} from "./generated/spark/connect/base_pb.ts";

/** The fields every request to a Connect server starts with. */
export type RequestHead = {
  readonly sessionId: string;
  readonly userContext: { readonly userId: string; readonly userName: string };
  readonly clientType: string;
};

/** Same as Spark's own client; far below gRPC's default message limit of 4 MiB. */
const CHUNK_BYTES = 32 * 1024;

/** The messages that upload one artifact, in chunks with a checksum each. */
export async function* artifactRequests(
  head: RequestHead,
  name: string,
  bytes: Uint8Array,
): AsyncGenerator<AddArtifactsRequest> {
  const chunkCount = Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES));
  const chunkAt = (index: number): AddArtifactsRequest_ArtifactChunk => {
    const data = bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    return create(AddArtifactsRequest_ArtifactChunkSchema, { data, crc: BigInt(crc32(data)) });
  };
  if (chunkCount === 1) {
    const batch = { artifacts: [{ name, data: chunkAt(0) }] };
    yield create(AddArtifactsRequestSchema, { ...head, payload: { case: "batch", value: batch } });
    return;
  }
  const beginChunk = {
    name,
    totalBytes: BigInt(bytes.length),
    numChunks: BigInt(chunkCount),
    initialChunk: chunkAt(0),
  };
  yield create(AddArtifactsRequestSchema, { ...head, payload: { case: "beginChunk", value: beginChunk } });
  for (let index = 1; index < chunkCount; index++) {
    yield create(AddArtifactsRequestSchema, { ...head, payload: { case: "chunk", value: chunkAt(index) } });
  }
}
