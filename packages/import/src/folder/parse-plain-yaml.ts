import { messageOf } from "@flightdeck/core";
import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { malformed } from "../source/malformed.ts";

/** What YAML 1.1 reads as nothing, when it is not quoted. */
const NULL = /^(null|Null|NULL|~|)$/;

/**
 * Reads a record as PyYAML writes it: every scalar as the text it is, or null. What a text means is the business of who
 * knows the field, since PyYAML and YAML 1.2 differ on what is a number (`1e5` is none for PyYAML). Anchors, which MLflow
 * never writes and bombs are made of, are refused; tags such as `!!python/object` mean nothing here.
 */
export function parsePlainYaml(text: string, where: string): unknown {
  try {
    // uniqueKeys compares each key with all before it, which a hostile file could make expensive.
    const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) throw malformed(where, firstLine(error.message));
    return plainValue(document.contents, where);
  } catch (error) {
    // Brackets inside brackets by the thousand overflow the parser's stack.
    if (error instanceof RangeError) throw malformed(where, firstLine(messageOf(error)), error);
    throw error;
  }
}

function plainValue(node: Node | null | undefined, where: string): unknown {
  if (node === null || node === undefined) return null;
  if (isScalar(node))
    return node.type === "PLAIN" && NULL.test(String(node.value)) ? null : String(node.value);
  if (isSeq<Node>(node)) return node.items.map((item) => plainValue(item, where));
  if (isMap<Node, Node>(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => [String(plainValue(key, where)), plainValue(value, where)]),
    );
  }
  throw malformed(where, "it has an alias");
}

function firstLine(message: string): string {
  return message.split("\n")[0] ?? message;
}
