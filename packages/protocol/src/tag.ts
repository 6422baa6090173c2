import { z } from "zod";
import { longText, requiredText } from "./scalars.ts";

/** A key and its text. Order is the store's: by key. */
export type Tag = { readonly key: string; readonly value: string };

/** A tag on the wire. protobuf leaves out empty text, so an absent value is "". */
export const tagSchema = z.object({ key: requiredText, value: longText.default("") });
export type TagWire = z.infer<typeof tagSchema>;
