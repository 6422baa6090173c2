import { isAppError } from "@flightdeck/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePageToken, encodePageToken } from "./page.ts";

const positions = fc.array(
  fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.constant(null),
  ),
);
const scopes = fc.array(fc.string());

test("decodes what it encoded, and only for the same scope", () => {
  fc.assert(
    fc.property(positions, scopes, (position, scope) => {
      const token = encodePageToken(position, scope);
      expect(token).toMatch(/^[\w-]+$/);
      expect(decodePageToken(token, scope)).toEqual(JSON.parse(JSON.stringify(position)));
      expect(refusal(token, [...scope, "more"])).toContain("Invalid page token");
    }),
  );
});

test("refuses any other text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), positions, fc.nat(), (text, position, at) => {
      expect(refusal(text, [])).toContain("Invalid page token");
      const token = encodePageToken(position, []);
      const index = at % token.length;
      const changed = `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
      if (Buffer.from(changed, "base64url").equals(Buffer.from(token, "base64url"))) return; // Only unused bits of the last character changed.
      expect(refusal(changed, [])).toContain("Invalid page token");
    }),
  );
});

function refusal(token: string, scope: readonly unknown[]): string {
  try {
    decodePageToken(token, scope);
  } catch (error) {
    if (isAppError(error, "INVALID_PARAMETER_VALUE")) return error.message;
    throw error;
  }
  return "accepted";
}
