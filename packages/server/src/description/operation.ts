import { ERROR_CODES, type ErrorCode } from "@flightdeck/core";
import { type Access, type Creation, ERROR_STATUS } from "@flightdeck/protocol";
import { type JsonSchema, jsonSchemaOf, resourcesIn } from "./json-schema.ts";
import { type MountedCall, parameterOf } from "./mounted-calls.ts";

export type Reference = { readonly $ref: string };

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: JsonSchema;
};

type Content = Readonly<Record<string, { readonly schema?: Reference }>>;

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly [string];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content } | undefined;
  readonly responses: Readonly<Record<string, Reference | { description: string; content?: Content }>>;
  readonly "x-permission": Permission;
};

/** An operation, and the schemas that it refers to, by name. */
export type Described = {
  readonly operation: Operation;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
};

/** Describes one call from its declaration. The versions of a call share their schemas. */
export function describeCall(call: MountedCall): Described {
  const request = call.request === undefined ? {} : jsonSchemaOf(call.request, "input");
  const fields = splitFields(call, request);
  const permission = permissionOf(call, request);
  const { response } = call;
  const schemas: Record<string, JsonSchema> = {};
  if (fields.body !== undefined) schemas[requestName(call)] = fields.body;
  if (response !== undefined) schemas[responseName(call)] = jsonSchemaOf(response, "output");
  const requestBody = bodyOf(call, fields.body !== undefined);
  const operation: Operation = {
    operationId: call.operationId,
    summary: summaryOf(call.name),
    description: descriptionOf(call, permission),
    tags: [call.tag],
    security: call.access.audience === "anybody" ? [] : LOGINS,
    parameters: fields.parameters,
    requestBody,
    responses: { ...successOf(call), ...errorsOf(call) },
    "x-permission": permission,
  };
  return { operation, schemas };
}

/** Either is enough. */
const LOGINS = [{ bearer: [] }, { basic: [] }];

const requestName = ({ name }: MountedCall): string => `${name}Request`;
const responseName = ({ name }: MountedCall): string => `${name}Response`;
const schemaNamed = (name: string): Reference => ({ $ref: `#/components/schemas/${name}` });

/** `createRun` is "Create run". */
function summaryOf(name: string): string {
  const words = name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function descriptionOf({ description, twin, fieldsInQuery }: MountedCall, permission: Permission): string {
  const sentences = [
    whoMayCall(permission),
    description,
    fieldsInQuery ? "Its fields may also be in the query, without a body." : undefined,
    twin === undefined ? undefined : `Also served at ${twin}.`,
  ];
  return sentences.filter((sentence) => sentence !== undefined).join(" ");
}

function permissionOf({ access, creates, startsPrograms }: MountedCall, request: JsonSchema): Permission {
  const { audience, level } = access;
  return {
    audience,
    level,
    creates,
    startsPrograms: startsPrograms || undefined,
    resources: resourcesIn(request),
  };
}

type Fields = { readonly parameters: readonly Parameter[]; readonly body: JsonSchema | undefined };

/** Splits a request's schema, which covers all fields, into those of path, query or headers, and those of the body. */
function splitFields(call: MountedCall, request: JsonSchema): Fields {
  const { fieldsIn = "query", path, pathField = "*", method } = call;
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name));
  const required = new Set(request.required);
  const nameOf = (field: string): string => (field === pathField ? parameterOf(field) : field);
  const hasJsonBody = fieldsIn === "body" && !isBodiless(method);
  const beside = fieldsIn === "headers" ? "header" : "query";
  const parameters = Object.entries(request.properties ?? {}).flatMap(([field, schema]): Parameter[] => {
    const name = nameOf(field);
    if (!isSchema(schema)) return [];
    if (inPath.has(name)) return [{ name, in: "path", required: true, schema }];
    return hasJsonBody ? [] : [{ name, in: beside, required: required.has(field), schema }];
  });
  return { parameters, body: hasJsonBody ? withoutFields(request, inPath, nameOf) : undefined };
}

function withoutFields(
  { properties = {}, required = [], ...rest }: JsonSchema,
  names: ReadonlySet<string>,
  nameOf: (field: string) => string,
): JsonSchema {
  const kept = Object.entries(properties).filter(([field]) => !names.has(nameOf(field)));
  const needed = required.filter((field) => !names.has(nameOf(field)));
  return { ...rest, properties: Object.fromEntries(kept), ...(needed.length > 0 && { required: needed }) };
}

/** JSON Schema writes "anything" as true. */
function isSchema(schema: unknown): schema is JsonSchema {
  return typeof schema === "object";
}

function isBodiless(method: string): boolean {
  return method === "get" || method === "head";
}

function bodyOf(call: MountedCall, isJson: boolean): Operation["requestBody"] {
  const { method, fieldsInQuery, takesAnyBody } = call;
  if (isJson) {
    const content = { "application/json": { schema: schemaNamed(requestName(call)) } };
    return { required: method !== "delete" && !fieldsInQuery, content };
  }
  if (isBodiless(method) || method === "delete") return undefined;
  return { required: false, content: { [takesAnyBody ? "*/*" : "application/json"]: {} } };
}

function successOf(call: MountedCall): Operation["responses"] {
  if (call.response === undefined) return { "2XX": { description: "Success." } };
  const content = { "application/json": { schema: schemaNamed(responseName(call)) } };
  return { "200": { description: "Success.", content } };
}

/** The statuses that follow from a call's declaration. Any other error has the same body. */
function errorsOf(call: MountedCall): Operation["responses"] {
  const { access, method, request } = call;
  const statuses = [
    ...(request === undefined ? [] : [400, 404]),
    ...(access.audience === "anybody" ? [] : [401]),
    403, // Also for a host or an origin that is not allowed.
    ...(access.level === "CAN_READ" ? [] : [409]),
    ...(isBodiless(method) ? [] : [413]),
    429,
    500,
    503,
  ];
  const entries = statuses.map((status): [string, Reference] => [String(status), errorNamed(status)]);
  return { ...Object.fromEntries(entries), default: { $ref: "#/components/responses/Error" } };
}

function errorNamed(status: number): Reference {
  return { $ref: `#/components/responses/Error${status}` };
}

/** MLflow's error codes by their HTTP status. */
export function codesByStatus(): ReadonlyMap<number, readonly ErrorCode[]> {
  return Map.groupBy(ERROR_CODES, (code) => ERROR_STATUS[code]);
}

/** `x-permission` of an operation: who may call it, as declared. */
export type Permission = {
  readonly audience: Access["audience"];
  readonly level: Access["level"];
  readonly creates?: Creation | undefined;
  readonly startsPrograms?: true | undefined;
  /** Kinds of records that its request names. */
  readonly resources: readonly string[];
};

/** Who may call it, in English. */
export function whoMayCall(permission: Permission): string {
  const { creates, startsPrograms } = permission;
  return [
    audienceOf(permission),
    ...(creates === undefined ? [] : [`Whoever creates ${withArticle(creates)} may manage it.`]),
    ...(startsPrograms ? [STARTS_PROGRAMS] : []),
  ].join(" ");
}

const STARTS_PROGRAMS =
  "It starts programs as the server's own user, or says what they do; so it needs a token also where other calls need none, unless the operator has opened it.";

function audienceOf({ audience, level, resources }: Permission): string {
  switch (audience) {
    case "anybody":
      return "Anybody may call it, without a token.";
    case "users":
      return level === "CAN_READ"
        ? "Every user may call it, and gets only what they may see."
        : "Every user may call it.";
    case "admins":
      return "Only admins may call it.";
    case "grantees":
      return `Admins may call it, and users who hold ${level} or more on what it acts on${listed(resources)}.`;
  }
}

function listed(resources: readonly string[]): string {
  if (resources.length === 0) return "";
  return ` (${resources.map(words).join(", ")})`;
}

function words(kind: string): string {
  return kind.replaceAll("-", " ");
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${words(kind)}`;
}
