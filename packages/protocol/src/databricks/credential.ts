import { z } from "zod";
import { repeated } from "../scalars.ts";

/** A header that must be sent with a signed URL. */
export const signedHeaderSchema = z.object({ name: z.string(), value: z.string() });

/** A URL that reads or writes one artifact for a short while, for whoever holds it. */
export const credentialInfoSchema = z.object({
  /** For a logged model, its id. */
  run_id: z.string().optional(),
  path: z.string().optional(),
  signed_uri: z.string(),
  headers: repeated(signedHeaderSchema),
  type: z.enum(["AZURE_SAS_URI", "AWS_PRESIGNED_URL", "GCP_SIGNED_URL", "AZURE_ADLS_GEN2_SAS_URI"]),
});
