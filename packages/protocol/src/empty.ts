import { z } from "zod";

/** A message without fields. */
export const empty = z.object({});
