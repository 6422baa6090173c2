import fc from "fast-check";
import { resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  decodeArtifactPath,
  encodeArtifactPath,
} from "./check-artifact-path.ts";

describe("checkArtifactPath", () => {
  test.each([
    ["a\\..\\b", "it must not contain a backslash"],
    ["a\0.txt", "it must not contain control characters"],
    ["a\nb", "it must not contain control characters"],
    ["a#b", "it must not contain '#', ';' or '?'"],
    ["a;b", "it must not contain '#', ';' or '?'"],
    ["a?b", "it must not contain '#', ';' or '?'"],
    ["\ud800", "it must be valid Unicode"],
    ["/etc/passwd", "it must be relative"],
    ["C:/Windows", "it must be relative"],
    ["c:", "it must be relative"],
    ["a//b", "it must not contain '//'"],
    ["..", "it must not contain '..'"],
    ["a/../b", "it must not contain '..'"],
    ["a/..", "it must not contain '..'"],
    [".", "it must not contain '.' as a segment"],
    ["a/./b", "it must not contain '.' as a segment"],
    ["ü".repeat(128), "it has a segment longer than 255 bytes"],
    ["abc/".repeat(257), "it is longer than 1024 bytes"],
  ])("refuses %j", (path, says) => {
    expect(() => checkArtifactPath(path)).toThrow(/^Invalid path "/);
    expect(() => checkArtifactPath(path)).toThrow(says);
  });

  test.each(["", "a", "a/b.txt", "...", "..a", "a..b/.c", "a:b", "größe 1", "%2e%2e"])("takes %j", (path) => {
    expect(checkArtifactPath(path)).toBe(path);
  });

  test("drops the slash behind a folder", () => {
    expect(checkArtifactPath("model/")).toBe("model");
  });

  test("the root is no artifact", () => {
    expect(() => checkNonEmptyArtifactPath("")).toThrow("it must not be empty");
  });

  test("whatever it takes stays below a root, however it is joined", () => {
    const pieces = fc.constantFrom("..", ".", "/", "\\", "a", "%2e", "%2f", ":", "~", "\0", " ", "C:");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces).map((all) => all.join("")),
          fc.string(),
        ),
        (path) => {
          let checked: string;
          try {
            checked = checkArtifactPath(path);
          } catch {
            return;
          }
          expect((resolve("/root", checked) + sep).startsWith(`/root${sep}`)).toBe(true);
        },
      ),
    );
  });
});

describe("decodeArtifactPath", () => {
  test.each([
    "%2e%2e/x",
    "a/%2e%2e/x",
    "..%2fx",
    "%2fetc",
    "a%5cb",
    "a%00",
    "a%23b",
    "a%3bb",
    "a%3fb",
    "a%2f%2fb",
  ])("refuses %s", (encoded) => {
    expect(() => decodeArtifactPath(encoded)).toThrow("Invalid path");
  });

  test("decodes once: what is encoded twice is a name, not a way out", () => {
    expect(decodeArtifactPath("%252e%252e/x")).toBe("%2e%2e/x");
  });

  test.each(["%", "%zz", "%ff", "a%c3"])("refuses %s, which is no percent-encoded UTF-8", (encoded) => {
    expect(() => decodeArtifactPath(encoded)).toThrow("it must be percent-encoded UTF-8");
  });

  test("gives back what encodeArtifactPath was given", () => {
    const segment = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const path = segments.join("/");
        try {
          checkArtifactPath(path);
        } catch {
          return;
        }
        expect(decodeArtifactPath(encodeArtifactPath(path))).toBe(checkArtifactPath(path));
      }),
    );
  });
});
