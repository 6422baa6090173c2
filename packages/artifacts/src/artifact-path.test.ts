import fc from "fast-check";
import { resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  decodeArtifactPath,
  encodeArtifactPath,
} from "./artifact-path.ts";

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
  ])("rejects %j", (path, problem) => {
    expect(() => checkArtifactPath(path)).toThrow(/^Invalid path "/);
    expect(() => checkArtifactPath(path)).toThrow(problem);
  });

  test.each([
    "",
    "a",
    "a/b.txt",
    "...",
    "..a",
    "a..b/.c",
    "a:b",
    "größe 1",
    "100%",
    "100%25.txt",
    "a%2fb",
    "%zz",
    "%2e%2e%2ex",
  ])("accepts %j", (path) => {
    expect(checkArtifactPath(path)).toBe(path);
  });

  test.each([
    ["%2e%2e", "it hides '.' or '..' as a segment"],
    ["a/%2e%2E/b", "it hides '.' or '..' as a segment"],
    ["a/.%2e", "it hides '.' or '..' as a segment"],
    ["%2e/x", "it hides '.' or '..' as a segment"],
    ["%252e%252e/x", "it hides '.' or '..' as a segment"],
    ["%2525252e%2e/x", "it hides '.' or '..' as a segment"],
    ["%25%32%65%2e/x", "it hides '.' or '..' as a segment"],
    ["a%2f%2e%2e%2fb", "it hides '.' or '..' as a segment"],
    ["%2fetc", "it hides an absolute path"],
    ["a%5cb", "it hides a backslash or a control character"],
    ["a%255cb", "it hides a backslash or a control character"],
    ["a%00", "it hides a backslash or a control character"],
    [`%${"25".repeat(9)}2e`, "it is percent-encoded more than 8 times"],
  ])("rejects %j, which escapes when decoded again", (path, problem) => {
    expect(() => checkArtifactPath(path)).toThrow(problem);
    expect(() => decodeArtifactPath(encodeURIComponent(path))).toThrow(problem);
  });

  test("no accepted path escapes, however often it is decoded", () => {
    const pieces = fc.constantFrom("%", "25", "2e", "2E", "2f", "5c", "00", ".", "/", "a", "32", "65");
    const paths = fc.array(pieces, { maxLength: 16 }).map((all) => all.join(""));
    fc.assert(
      fc.property(paths, (path) => {
        let decoded: string;
        try {
          decoded = checkArtifactPath(path);
        } catch {
          return;
        }
        for (let round = 0; round < 20; round++) {
          expect(decoded.split(/[/\\]/).filter((segment) => segment === "." || segment === "..")).toEqual([]);
          expect(decoded).not.toMatch(/^\/|\0/);
          try {
            decoded = decodeURIComponent(decoded);
          } catch {
            return;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("removes a trailing slash", () => {
    expect(checkArtifactPath("model/")).toBe("model");
  });

  test("rejects the root as an artifact", () => {
    expect(() => checkNonEmptyArtifactPath("")).toThrow("it must not be empty");
  });

  test("no accepted path leaves the root when joined to it", () => {
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
  ])("rejects %s", (encoded) => {
    expect(() => decodeArtifactPath(encoded)).toThrow("Invalid path");
  });

  test("decodes only once", () => {
    expect(decodeArtifactPath("100%2525/x")).toBe("100%25/x");
  });

  test.each(["%", "%zz", "%ff", "a%c3"])("rejects %s, which is not percent-encoded UTF-8", (encoded) => {
    expect(() => decodeArtifactPath(encoded)).toThrow("it must be percent-encoded UTF-8");
  });

  test("reverses encodeArtifactPath", () => {
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
