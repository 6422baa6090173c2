import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { RecordedCall } from "./workspace-recorder.ts";

/** The comparable parts of a request: facts by name, such as `body.new_cluster.num_workers`. */
export type WireCall = { readonly route: string; readonly facts: ReadonlyMap<string, string> };

/** The headers that affect a server or proxy. */
const HEADERS = ["authorization", "content-type"];

/** Texts that differ in each test run, and their placeholders. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, "<sha256>"],
  [/\b[0-9a-f]{32}\b/g, "<id>"],
  [/Bearer \S+-\d+/g, "Bearer <token>"],
  [/http:\/\/127\.0\.0\.1:\d+/g, "<workspace>"],
];

export function wireCall({ method, path, query, headers, body }: RecordedCall): WireCall {
  const facts = new Map<string, string>();
  const add = (name: string, value: unknown): void => addFacts(facts, name, value);
  for (const name of HEADERS) add(`header.${name}`, headers[name]);
  for (const [name, value] of new URLSearchParams(query)) add(`query.${name}`, value);
  add("body", path.startsWith("/dbfs/") ? contentOf(path, body) : jsonOf(body));
  return { route: stable(`${method} ${path}`), facts };
}

function addFacts(facts: Map<string, string>, name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) facts.set(name, JSON.stringify(value));
    for (const [key, part] of entries) addPart(facts, `${name}.${key}`, { name, part });
    return;
  }
  const isTime = name.endsWith("_time");
  facts.set(name, isTime ? "<time>" : stable(JSON.stringify(value)));
}

/** Names tags and parameters by key rather than by position in a list. */
function addPart(
  facts: Map<string, string>,
  path: string,
  { name, part }: { name: string; part: unknown },
): void {
  const isPair = typeof part === "object" && part !== null && "key" in part && "value" in part;
  if (isPair) addFacts(facts, `${name}.${String(part.key)}`, part.value);
  else addFacts(facts, path, part);
}

function stable(text: string): string {
  return CHANGING.reduce((replaced, [pattern, by]) => replaced.replaceAll(pattern, by), text);
}

/** Reduces scripts to their commands, without comments, blank lines and indentation. */
function jsonOf(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  return JSON.parse(body.toString(), (key, value: unknown) =>
    key === "command" && Array.isArray(value) ? value.flatMap((word) => commandsOf(String(word))) : value,
  );
}

function commandsOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** Compares archives after decompression, because different zlibs compress the same bytes differently. */
function contentOf(path: string, body: Buffer): unknown {
  if (!path.endsWith(".tar.gz")) return { lines: commandsOf(body.toString()) };
  const tar = gunzipSync(body);
  return { tarBytes: tar.length, tarHash: createHash("sha1").update(tar).digest("hex") };
}
