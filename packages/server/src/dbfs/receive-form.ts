import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { AppError } from "@flightdeck/core";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BOUNDS } from "../bounds.ts";

export type FormInput = {
  /** The request's Content-Type, with its boundary. */
  readonly contentType: string;
  readonly body: Readable;
  /** Stores the file; the fields are those that came before it. */
  readonly store: (fields: ReadonlyMap<string, string>, file: Readable) => Promise<void>;
};

/**
 * Reads a form with one file, which is stored while it comes. What the file's own part says of its type is no matter:
 * the old Databricks command line labels it as a form.
 */
export async function receiveForm({ contentType, body, store }: FormInput): Promise<void> {
  const form = openForm(contentType);
  const fields = new Map<string, string>();
  let file: Readable | undefined;
  let stored: Promise<void> | undefined;
  form.on("field", (name, value) => fields.set(name, value));
  form.on("file", (_name, stream) => {
    file = stream;
    stream.on("error", () => {}); // Whoever stores it hears of it; unheard it would end the server.
    stored = store(fields, stream);
    stored.catch(() => stream.resume()); // The rest of the form must pass; the failure is told below.
  });
  try {
    await pipeline(body, form);
  } catch (error) {
    file?.destroy(new AppError("CANCELLED", "the form was cut off"));
    await stored?.catch(() => undefined); // It fails for the same reason.
    throw new AppError("MALFORMED_REQUEST", "the form is not complete, or not well-formed", { cause: error });
  }
  if (stored === undefined) throw new AppError("INVALID_PARAMETER_VALUE", "the form has no file in it");
  await stored;
}

function openForm(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      isPartAFile: (name) => name === "file",
      limits: {
        files: 1,
        fields: BOUNDS.formFieldsMax,
        fieldSize: BOUNDS.formFieldBytesMax,
        fileSize: BOUNDS.artifactBytesMax,
      },
    });
  } catch (error) {
    throw new AppError("MALFORMED_REQUEST", "the Content-Type of a form must name its boundary", {
      cause: error,
    });
  }
}
