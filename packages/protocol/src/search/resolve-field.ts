import type { FieldKind, SearchField } from "./filter.ts";
import type { Token } from "./lexer.ts";
import { type Attribute, DATASET_FIELDS, type SearchEntity, SPAN_FIELDS } from "./search-entity.ts";
import { pythonList, pythonSet, searchError } from "./search-error.ts";

/** The field that a name means for an entity, its canonical name in place of an alias. */
export function resolveField(token: Token, entity: SearchEntity, use: "filter" | "order"): SearchField {
  const { prefix, key } = nameOf(token);
  const kind = prefix === undefined ? "attribute" : kindOf(prefix, token, entity);
  if (key === "") throw searchError("Invalid identifier: a name must follow the dot", token);
  if (kind === "attribute") return { kind, key: attributeOf(key, token, entity, use) };
  if (kind === "dataset" && !(DATASET_FIELDS as readonly string[]).includes(key)) {
    throw searchError(
      `Invalid dataset key '${key}' specified. Valid keys are '${pythonSet(DATASET_FIELDS)}'`,
      { raw: key, start: token.start },
      DATASET_FIELDS,
    );
  }
  if (kind === "span") checkSpanField(key, token);
  return { kind, key };
}

function checkSpanField(key: string, token: Token): void {
  const isOwnAttribute = key.startsWith(SPAN_ATTRIBUTE_PREFIX) && key !== SPAN_ATTRIBUTE_PREFIX;
  if (isOwnAttribute || (SPAN_FIELDS as readonly string[]).includes(key)) return;
  throw searchError(
    `Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`,
    { raw: key, start: token.start },
    SPAN_FIELDS,
  );
}

const SPAN_ATTRIBUTE_PREFIX = "attributes.";

export function attributeRule(entity: SearchEntity, key: string): Attribute | undefined {
  return Object.hasOwn(entity.attributes, key) ? entity.attributes[key] : undefined;
}

function nameOf(token: Token): { readonly prefix: string | undefined; readonly key: string } {
  if (token.kind === "name") return token;
  if (token.kind === "quoted") return { prefix: undefined, key: token.value };
  throw searchError(
    `Invalid comparison clause. Expected 'Identifier' found '${token.raw === "" ? "the end" : token.raw}'`,
    token,
  );
}

function kindOf(prefix: string, token: Token, entity: SearchEntity): FieldKind {
  const kind = Object.hasOwn(entity.prefixes, prefix) ? entity.prefixes[prefix] : undefined;
  if (kind !== undefined) return kind;
  const kinds = KIND_NAMES.filter((name) => Object.values(entity.prefixes).includes(name));
  throw searchError(
    `Invalid entity type '${prefix}'. Valid values are ${pythonList(kinds)}`,
    { raw: prefix, start: token.start },
    Object.keys(entity.prefixes),
  );
}

const KIND_NAMES: readonly FieldKind[] = [
  "metric",
  "parameter",
  "tag",
  "attribute",
  "dataset",
  "request_metadata",
  "span",
  "feedback",
  "expectation",
];

function attributeOf(key: string, token: Token, entity: SearchEntity, use: "filter" | "order"): string {
  const canonical = (Object.hasOwn(entity.aliases, key) ? entity.aliases[key] : undefined) ?? key;
  const rule = attributeRule(entity, canonical);
  if (rule !== undefined && isUsable(rule, use)) return canonical;
  const usable = Object.entries(entity.attributes).filter(([, attribute]) => isUsable(attribute, use));
  const names = usable.map(([name]) => name);
  throw searchError(
    `Invalid attribute key '${key}' specified. Valid keys are '${pythonSet(names)}'`,
    { raw: key, start: token.start + Math.max(token.raw.lastIndexOf(key), 0) },
    [...names, ...Object.keys(entity.aliases)],
  );
}

function isUsable(attribute: Attribute, use: "filter" | "order"): boolean {
  return use === "order" ? attribute.canOrder : attribute.comparators.length > 0;
}
