import { createHash } from "node:crypto";
import { Html, markup } from "../http/markup.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { OpenApiDocument } from "./openapi-document.ts";
import { codesByStatus, type Operation } from "./operation.ts";

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --dim: #777; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h2 { border-bottom: 1px solid var(--line); margin-top: 3rem; }
h3 { font: 600 15px/1.5 ui-monospace, monospace; margin: 2rem 0 0; overflow-wrap: anywhere; }
h4 { margin: 0.75rem 0 0; font-size: 13px; color: var(--dim); }
p { margin: 0.25rem 0; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.75rem 0.2rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
td:first-child { font-family: ui-monospace, monospace; }
th:nth-child(1) { width: 36%; }
th:nth-child(2) { width: 18%; }
th:nth-child(4) { width: 10%; }
nav a { display: inline-block; margin-right: 1rem; }
.errors { color: var(--dim); font-size: 13px; }
`;

/** Allows nothing but the page's own style. */
export const DOCS_POLICY: string = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Renders the document as one static page without scripts. */
export function docsPage(document: OpenApiDocument): string {
  const { info, tags } = document;
  const operations = operationsOf(document);
  const groups = tags.map(({ name }) => ({
    name,
    operations: operations.filter(({ operation }) => operation.tags[0] === name),
  }));
  return markup`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${info.title} API</title>
<style>${new Html(STYLE)}</style>
<h1>${info.title} API</h1>
<p>Version ${info.version}. ${info.description}</p>
<p>The same for programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}).</p>
<nav>${groups.map(navLink)}</nav>
${groups
  .map(({ name, operations: own }) => [
    markup`<h2 id="tag-${name}">${name}</h2>\n`,
    ...own.map((each) => operationSection(document, each)),
  ])
  .flat()}${errorTable()}
</html>
`.text;
}

type Group = { readonly name: string; readonly operations: readonly Place[] };

function navLink({ name, operations }: Group): Html {
  return markup`<a href="#tag-${name}">${name} (${String(operations.length)})</a>\n`;
}

type Place = { readonly method: string; readonly path: string; readonly operation: Operation };

function operationsOf({ paths }: OpenApiDocument): readonly Place[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

function operationSection(document: OpenApiDocument, { method, path, operation }: Place): Html {
  const { operationId, summary, description, responses } = operation;
  const errors = Object.keys(responses).filter((status) => /^[45]/.test(status));
  return markup`<article id="${operationId}">
<h3>${method} ${path}</h3>
<p><b>${summary}.</b> ${description}</p>
${fieldTable("Request", requestFields(document, operation))}${fieldTable("Response", responseFields(document, operation))}<p class="errors">Errors: ${errors.join(", ")} · ${operationId}</p>
</article>
`;
}

function requestFields(document: OpenApiDocument, { parameters, requestBody }: Operation): readonly Field[] {
  const beside = parameters.flatMap(({ name, in: place, required, schema }) =>
    fieldOf(place === "query" ? name : `${name} (${place})`, schema, required),
  );
  return [...beside, ...fieldsOf(jsonOf(document, requestBody))];
}

function responseFields(document: OpenApiDocument, { responses }: Operation): readonly Field[] {
  const success = responses["200"];
  return success === undefined || "$ref" in success ? [] : fieldsOf(jsonOf(document, success));
}

type Holder = { readonly content?: Readonly<Record<string, { readonly schema?: { $ref: string } }>> };

/** The schema of a JSON body; an empty schema without one. */
function jsonOf({ components }: OpenApiDocument, body: Holder | undefined): JsonSchema {
  const name = body?.content?.["application/json"]?.schema?.$ref.split("/").at(-1) ?? "";
  return components.schemas[name] ?? {};
}

function fieldTable(title: string, fields: readonly Field[]): Html {
  if (fields.length === 0) return new Html("");
  return markup`<h4>${title}</h4>
<table><tr><th>Field<th>Type<th>Bounds<th>Required</tr>
${fields.map(fieldRow)}</table>
`;
}

function fieldRow({ name, type, bounds, isRequired }: Field): Html {
  return markup`<tr><td>${name}<td>${type}<td>${bounds}<td>${isRequired ? "yes" : ""}</tr>\n`;
}

function errorTable(): Html {
  const statuses = [...codesByStatus()].toSorted(([a], [b]) => a - b);
  const rows = statuses.map(
    ([status, codes]) => markup`<tr><td>${String(status)}<td>${codes.join(", ")}</tr>\n`,
  );
  return markup`<h2 id="errors">Errors</h2>
<p>Every error has the body {"error_code": "…", "message": "…"}, some with details.</p>
<table><tr><th>HTTP status<th>error_code</tr>
${rows}</table>`;
}

/** A field as a row of a table. Nested fields have joined names: `tags[].key`. */
export type Field = {
  readonly name: string;
  readonly type: string;
  /** The bounds of its values in words; "" without any. */
  readonly bounds: string;
  readonly isRequired: boolean;
};

/** The fields of an object, each followed by its nested fields. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema, prefix = ""): readonly Field[] {
  return Object.entries(properties).flatMap(([name, schema]) =>
    fieldOf(`${prefix}${name}`, partOf(schema), required.includes(name)),
  );
}

/** A field and its nested fields. */
export function fieldOf(name: string, schema: JsonSchema, isRequired: boolean): readonly Field[] {
  const own = { name, type: typeOf(schema), bounds: boundsOf(schema), isRequired };
  return [own, ...fieldsWithin(name, schema)];
}

function fieldsWithin(name: string, schema: JsonSchema): readonly Field[] {
  const choices = choicesOf(schema);
  if (choices.length > 0) return choices.flatMap((choice) => fieldsWithin(name, choice));
  if (schema.type === "array") return fieldsWithin(`${name}[]`, partOf(schema.items));
  return fieldsOf(schema, `${name}.`);
}

function typeOf(schema: JsonSchema): string {
  const choices = choicesOf(schema);
  if (choices.length > 0) return [...new Set(choices.map(typeOf))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(partOf(schema.items))}`;
  return [schema.type ?? "any"].flat().join(" or ");
}

function boundsOf(schema: JsonSchema): string {
  const { default: fallback } = schema;
  const bounds = [
    ...(schema.enum === undefined ? [] : [`one of ${schema.enum.map(String).join(", ")}`]),
    ...(schema.const === undefined ? [] : [`only ${String(schema.const)}`]),
    ...between({ min: schema.minLength, max: schema.maxLength, unit: "character" }),
    ...between({ min: schema.minItems, max: schema.maxItems, unit: "item" }),
    ...between({ min: undefined, max: schema["maxProperties"], unit: "key" }),
    ...between({ min: exact(schema.minimum), max: exact(schema.maximum), unit: "" }),
    ...withinBounds(schema),
    ...(fallback === undefined ? [] : [`default ${JSON.stringify(fallback)}`]),
  ];
  return [...new Set(bounds)].join("; ");
}

/** The bounds of list items and of alternatives. */
function withinBounds(schema: JsonSchema): readonly string[] {
  const choices = choicesOf(schema).map(boundsOf);
  const items = schema.type === "array" ? [boundsOf(partOf(schema.items))] : [];
  return [...choices, ...items.map((bounds) => (bounds === "" ? "" : `each ${bounds}`))].filter(Boolean);
}

type Range = { readonly min: unknown; readonly max: unknown; readonly unit: string };

function between({ min, max, unit }: Range): readonly string[] {
  const counted = (count: number): string =>
    unit === "" ? String(count) : `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (typeof max === "number" && typeof min === "number") return [`${min} to ${counted(max)}`];
  if (typeof max === "number") return [`at most ${counted(max)}`];
  return typeof min === "number" ? [`at least ${counted(min)}`] : [];
}

/** Leaves out the bounds of safe integers, which every integer has. */
function exact(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function choicesOf({ anyOf = [], oneOf = [], allOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [...anyOf, ...oneOf, ...allOf].map(partOf);
}

/** JSON Schema writes "anything" as true. */
function partOf(schema: unknown): JsonSchema {
  const isSchema = typeof schema === "object" && schema !== null && !Array.isArray(schema);
  return isSchema ? (schema as JsonSchema) : {}; // zod made it.
}
