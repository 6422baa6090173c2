import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { int64, requiredList } from "../scalars.ts";

/** A part of a multipart upload, as whoever completes it names it. */
export type UploadPart = { readonly number: number; readonly etag: string };

const bodySchema = z.object({ parts: requiredList(z.object({ part_number: int64, etag: z.string() })) });

/** Reads the body that completes an upload of the Files API. */
export function parseUploadParts(body: unknown): UploadPart[] {
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return parsed.data.parts.map(({ part_number: number, etag }) => ({ number, etag }));
  const message = "the body must be {parts: [{part_number, etag}, …]} with at least one part";
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
