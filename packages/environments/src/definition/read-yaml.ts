import { type AppError, invalid } from "@flightdeck/core";
import { type Document, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";

/** A list. A key without a value, such as `dependencies:`, counts as an empty list. */
export function listOf<T>(item: z.ZodType<T>): z.ZodType<readonly T[] | undefined> {
  const list = z.array(item, { error: "must be a list" }).optional();
  return z.preprocess((value) => (value === "" ? [] : value), list);
}

/** The validated data of a YAML file, and the line number of each path. */
export type ReadYaml<T> = { readonly data: T; readonly lineOf: (path: readonly PropertyKey[]) => number };

/**
 * Parses YAML as PyYAML does (version 1.1), but keeps numbers as text, because `3.10` is a version here. Throws
 * `INVALID_PARAMETER_VALUE` with file and line.
 */
export function readYaml<T>(text: string, source: string, schema: z.ZodType<T>): ReadYaml<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    schema: "failsafe",
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error) throw invalidLine(source, lines.linePos(error.pos[0]).line, error.message);
  const badKey = findBadKey(document);
  if (badKey !== undefined) throw invalidLine(source, lines.linePos(badKey.offset).line, badKey.problem);
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { data: parsed.data, lineOf };
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  throw invalidLine(source, lineOf(path), `${path.map(String).join(".")} ${issue?.message}`.trimStart());
}

/** An invalid key: its offset, and what is wrong with it. */
export type BadKey = { readonly offset: number; readonly problem: string };

/**
 * The first key that is not a scalar or that occurs twice. Replaces the parser's own check of unique keys, which takes
 * quadratic time. Lists and mappings as keys must be rejected because the parser would turn them into text: a kilobyte of
 * nested ones takes minutes.
 */
export function findBadKey(document: Document): BadKey | undefined {
  let found: BadKey | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const problem = problemOfKey(key, seen);
        if (problem === undefined) continue;
        found = { offset: (isNode(key) ? key.range?.[0] : undefined) ?? 0, problem };
        return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}

function problemOfKey(key: unknown, seen: Set<unknown>): string | undefined {
  if (key === null) return undefined;
  if (!isScalar(key)) return "Map keys must be scalars";
  if (seen.has(key.value)) return "Map keys must be unique";
  seen.add(key.value);
  return undefined;
}

/** The error for a line of a file. `details.line` is its number, from 1. */
export function invalidLine(source: string, line: number, problem: string): AppError {
  return invalid(`${source}, line ${line}: ${problem}`, {
    details: { line },
  });
}
