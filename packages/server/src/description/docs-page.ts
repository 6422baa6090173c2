import { createHash } from "node:crypto";
import { type Field, fieldOf, fieldsOf } from "./fields.ts";
import type { JsonSchema } from "./json-schema.ts";
import { codesByStatus, type Operation } from "./operation.ts";
import type { OpenApiDocument } from "./openapi-document.ts";

/** Markup that is safe to send. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | Html | readonly Html[];

/** Escapes every text that is put into a template. Not called `html`, or the formatter would lay out what it holds. */
function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(markupOf))); // "raw" is what it joins: here, cooked text.
}

function markupOf(part: Part): string {
  if (part instanceof Html) return part.text;
  return typeof part === "string" ? escaped(part) : part.map(({ text }) => text).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

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

/** Nothing is loaded; of styles, only the page's own. */
export const DOCS_POLICY: string = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The document as one page to read and to search: static, without scripts. */
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

/** The schema that a body refers to; an empty one where it has none. */
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
