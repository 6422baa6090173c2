import { ERROR_CODES } from "@flightdeck/core";
import { errorSchema } from "@flightdeck/protocol";
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";
import type { MountedCall } from "./mounted-calls.ts";
import { codesByStatus, describeCall, type Operation, type Reference } from "./operation.ts";

type ErrorResponse = {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: Reference }>>;
};

/** The part of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1) that describes this server. */
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  /** By path and lower-case method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, object>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, ErrorResponse>>;
  };
};

/** Describes calls in OpenAPI, from their declarations alone. It reveals nothing about the workspace's content. */
export function describeApi(calls: readonly MountedCall[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  const schemas: Record<string, JsonSchema> = {};
  for (const call of calls) {
    const described = describeCall(call);
    paths[call.path] = { ...paths[call.path], [call.method]: described.operation };
    Object.assign(schemas, described.schemas);
  }
  return {
    openapi: "3.1.1",
    info: { title: "Flightdeck", version, description: ABOUT },
    // Relative, since the document is one level below the server's root, even behind a proxy with a path prefix.
    servers: [{ url: ".." }],
    tags: [...new Set(calls.map(({ tag }) => tag))].toSorted().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: { ...schemas, Error: errorBody() },
      responses: errorResponses(),
    },
  };
}

const ABOUT = [
  "The MLflow REST API and the Databricks workspace's, as this server answers them.",
  "Tokens are asked for when the server runs with --auth token; otherwise everybody is an admin.",
  "The level of a call is what a user must hold on what it changes. What it only reads beside that needs CAN_READ; giving it a new name needs CAN_MANAGE.",
  "As in protobuf's JSON form, null means absent, and numbers and booleans may be sent as text.",
  "A GET may have its fields in a JSON body instead, and a DELETE in the query.",
].join(" ");

const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", description: "A token of the workspace." },
  basic: { type: "http", scheme: "basic", description: "A token of the workspace as the password." },
};

/** Clients accept any text as an error code, since newer servers may have more. This lists this server's codes. */
function errorBody(): JsonSchema {
  const schema = jsonSchemaOf(errorSchema, "output");
  const code: JsonSchema = { type: "string", enum: [...ERROR_CODES] };
  return { ...schema, properties: { ...schema.properties, error_code: code } };
}

function errorResponses(): OpenApiDocument["components"]["responses"] {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
  const byStatus = [...codesByStatus()].map(([status, codes]): [string, ErrorResponse] => [
    `Error${status}`,
    { description: `${codes.join(", ")}.`, content },
  ]);
  return { ...Object.fromEntries(byStatus), Error: { description: "Any other error.", content } };
}
