import { deserialize, serialize } from "node:v8";

/**
 * Serializes any cloneable value to text without line feeds; throws for other values. All Nodes from 12 on share the
 * format.
 */
export function toLine(value: unknown): string {
  return serialize(value).toString("base64");
}

/** Restores the value passed to `toLine`. */
export function fromLine(line: string): unknown {
  return deserialize(Buffer.from(line, "base64"));
}
