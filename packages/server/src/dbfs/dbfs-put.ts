import { parseDbfsPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { ADMINS_CHANGE, API_PREFIXES } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { decodeBase64 } from "./base64.ts";
import { checkWritable } from "./dbfs-handlers.ts";
import { receiveForm } from "./receive-form.ts";

/** `dbfs/put`: a small file as JSON, or one of any size as a form. */
export function mountDbfsPut(app: FastifyInstance, services: Services): void {
  void app.register(async (scope) => {
    scope.addContentTypeParser("multipart/form-data", (_request, _payload, done) => done(null));
    for (const prefix of API_PREFIXES) {
      mountRoute(scope, services.store, {
        name: "putDbfsFile",
        description: "path, overwrite and contents (base64) are JSON, or fields of a form before its file.",
        methods: ["POST"],
        url: `${prefix}/2.0/dbfs/put`,
        request: z.object({}), // The path may be in a form, which only its reading tells; so the call is the admins'.
        takesAnyBody: true,
        access: ADMINS_CHANGE,
        answer: async (_input, { request }) => {
          await put(request, services);
          return {};
        },
      });
    }
  });
}

async function put(request: FastifyRequest, services: Services): Promise<void> {
  const { "content-type": contentType = "" } = request.headers;
  if (!contentType.toLowerCase().startsWith("multipart/form-data")) {
    const fields = new Map(Object.entries(jsonFields(request.body)));
    return store(services, fields, decodeBase64(fields.get("contents") ?? ""));
  }
  return services.uploads.receive(request, (body) =>
    receiveForm({ contentType, body, store: (fields, file) => store(services, fields, file) }),
  );
}

async function store(
  services: Services,
  fields: ReadonlyMap<string, string>,
  content: Readable | Uint8Array,
): Promise<void> {
  const path = parseDbfsPath(required(fields, "path"));
  const overwrite = fields.get("overwrite")?.toLowerCase() === "true";
  await checkWritable(services, path, { overwrite });
  await services.artifacts.dbfs.write(path, content);
}

/** A form knows texts alone, so JSON's flag becomes one. */
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
