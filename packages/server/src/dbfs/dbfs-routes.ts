import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { type ArtifactRepository, EXPERIMENT_FOLDERS, parseDbfsPath } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import { ADMINS_CHANGE, API_PREFIXES, bool, dbfsPath, dbfsPathText } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { mountRoute } from "../calls/mount-route.ts";
import { ARTIFACT_BYTES_MAX, takeBodiesAsStreams, type UploadSlots } from "../storage/receive-upload.ts";
import { sendArtifact } from "../storage/send-artifact.ts";
import { checkWritable, decodeBase64 } from "./dbfs-handlers.ts";

/** A form has two fields besides its file, a path and a flag. */
const FORM_FIELDS_MAX = 10;
const FORM_FIELD_BYTES_MAX = 4096;

/** Dependencies of the DBFS routes. `dbfs` is DBFS as clients see it. */
type DbfsRoutes = {
  readonly store: Store;
  readonly dbfs: ArtifactRepository;
  readonly uploads: UploadSlots;
};

const ROOT = "/dbfs/";

const streamRequest = z.object({ "*": dbfsPathText, overwrite: bool.default(false) });

/** Whole files of DBFS as streams, at `/dbfs/<path>`. */
export function mountDbfsStreams(app: FastifyInstance, parts: DbfsRoutes): void {
  const { dbfs, store, uploads } = parts;
  const url = `${ROOT}*`;
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    mountRoute(scope, store, {
      name: "downloadDbfsFile",
      methods: ["GET", "HEAD"],
      url,
      request: streamRequest,
      reads: ({ "*": path }) => [dbfsPath(`/${path}`)],
      answer: ({ "*": path }, call) => sendArtifact(call.request, call.reply, { repository: dbfs, path }),
    });
    mountRoute(scope, store, {
      name: "uploadDbfsFile",
      methods: ["POST", "PUT"],
      url,
      request: streamRequest,
      takesAnyBody: true,
      edits: ({ "*": path }) => [dbfsPath(`/${path}`)],
      answer: async ({ "*": path, overwrite }, call) => {
        const mayReplace = overwrite || call.request.method === "PUT" || isArtifact(path);
        await checkFree(dbfs, path, mayReplace);
        await uploads.receive(call.request, (content) => dbfs.write(path, content));
        return {};
      },
    });
  });
}

/**
 * MLflow's clients may log an artifact, such as a figure, again under the same name, and expect it to be replaced.
 * Elsewhere a POST replaces nothing.
 */
function isArtifact(path: string): boolean {
  return EXPERIMENT_FOLDERS.some((folder) => path.startsWith(`${folder}/`));
}

/** MLflow's project runs continue after a 409 with "File already exists", since the same code was uploaded before. */
async function checkFree(dbfs: ArtifactRepository, path: string, overwrite: boolean): Promise<void> {
  try {
    await checkWritable(dbfs, path, { overwrite });
  } catch (error) {
    if (!isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    throw new AppError("ALREADY_EXISTS", `File already exists: dbfs:/${path}`, { cause: error });
  }
}

/** `dbfs/put`: a small file as JSON, or one of any size as a form. */
export function mountDbfsPut(app: FastifyInstance, parts: DbfsRoutes): void {
  void app.register(async (scope) => {
    scope.addContentTypeParser("multipart/form-data", (_request, _payload, done) => done(null));
    for (const prefix of API_PREFIXES) {
      mountRoute(scope, parts.store, {
        name: "putDbfsFile",
        description: "path, overwrite and contents (base64) are JSON, or fields of a form before its file.",
        methods: ["POST"],
        url: `${prefix}/2.0/dbfs/put`,
        request: z.object({}), // The path may be inside a form, where no check can see it in advance; so the call is reserved for admins.
        takesAnyBody: true,
        access: ADMINS_CHANGE,
        answer: async (_input, { request }) => {
          await put(request, parts);
          return {};
        },
      });
    }
  });
}

async function put(request: FastifyRequest, { dbfs, uploads }: DbfsRoutes): Promise<void> {
  const { "content-type": contentType = "" } = request.headers;
  if (!contentType.toLowerCase().startsWith("multipart/form-data")) {
    const fields = new Map(Object.entries(jsonFields(request.body)));
    return await storePut(dbfs, fields, decodeBase64(fields.get("contents") ?? ""));
  }
  return await uploads.receive(request, (body) =>
    receiveForm({ contentType, body, store: (fields, file) => storePut(dbfs, fields, file) }),
  );
}

async function storePut(
  dbfs: ArtifactRepository,
  fields: ReadonlyMap<string, string>,
  content: Readable | Uint8Array,
): Promise<void> {
  const path = parseDbfsPath(required(fields, "path"));
  const overwrite = fields.get("overwrite")?.toLowerCase() === "true";
  await checkWritable(dbfs, path, { overwrite });
  await dbfs.write(path, content);
}

/** Form fields are text, so the flag of a JSON body becomes text as well. */
function jsonFields(body: unknown): Record<string, string> {
  if (typeof body !== "object" || body === null) {
    throw new AppError("BAD_REQUEST", "the request must be a JSON object or a form");
  }
  const texts = Object.entries(body).filter(
    ([, value]) => typeof value === "string" || typeof value === "boolean",
  );
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value)]));
}

function required(fields: ReadonlyMap<string, string>, field: string): string {
  const value = fields.get(field);
  if (value !== undefined && value !== "") return value;
  const message = `Missing value for required parameter '${field}'; in a form it comes before the file`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

export type FormInput = {
  /** The request's Content-Type, with its boundary. */
  readonly contentType: string;
  readonly body: Readable;
  /** Stores the file; the fields are those that came before it. */
  readonly store: (fields: ReadonlyMap<string, string>, file: Readable) => Promise<void>;
};

/**
 * Reads a form with one file, which is stored while it arrives. The content type of the file's part is ignored: the old
 * Databricks command line labels it as a form.
 */
export async function receiveForm({ contentType, body, store }: FormInput): Promise<void> {
  const form = openForm(contentType);
  const fields = new Map<string, string>();
  let file: Readable | undefined;
  let stored: Promise<void> | undefined;
  form.on("field", (name, value) => fields.set(name, value));
  form.on("file", (_name, stream) => {
    file = stream;
    stream.on("error", () => {}); // `store` handles it; without a listener it would crash the server.
    stored = store(fields, stream);
    stored.catch(() => stream.resume()); // The rest of the form must still be read; the failure is thrown below.
  });
  try {
    await pipeline(body, form);
  } catch (error) {
    file?.destroy(new AppError("CANCELLED", "the form was cut off"));
    await stored?.catch(() => undefined); // It fails for the same reason.
    throw new AppError("MALFORMED_REQUEST", "the form is not complete, or not well-formed", { cause: error });
  }
  if (stored === undefined) throw new AppError("INVALID_PARAMETER_VALUE", "the form does not contain a file");
  await stored;
}

function openForm(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      isPartAFile: (name) => name === "file",
      limits: {
        files: 1,
        fields: FORM_FIELDS_MAX,
        fieldSize: FORM_FIELD_BYTES_MAX,
        fileSize: ARTIFACT_BYTES_MAX,
      },
    });
  } catch (error) {
    throw new AppError("MALFORMED_REQUEST", "the Content-Type of a form must name its boundary", {
      cause: error,
    });
  }
}
