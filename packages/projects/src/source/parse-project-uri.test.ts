import fc from "fast-check";
import { expect, test } from "vitest";
import { parseProjectUri } from "./parse-project-uri.ts";

test("a path is taken as it is", () => {
  expect(parseProjectUri(".")).toEqual({ path: ".", subdirectory: "" });
  expect(parseProjectUri("../a b/%20")).toEqual({ path: "../a b/%20", subdirectory: "" });
  expect(parseProjectUri("repo#examples/airline")).toEqual({
    path: "repo",
    subdirectory: "examples/airline",
  });
});

test("a file URI with a subdirectory", () => {
  const location = { path: "/data/repo", subdirectory: "examples/airline" };
  expect(parseProjectUri("file:////data/repo#examples/airline")).toEqual(location);
});

test("file: with one, three or more slashes names the same folder, since $PWD begins with one", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\w .%-]+(\/[\w .%-]+){0,3}$/),
      fc.integer({ min: 3, max: 9 }),
      (path, slashes) => {
        const expected = { path: `/${path}`, subdirectory: "" };
        expect(parseProjectUri(`file:/${path}`)).toEqual(expected);
        expect(parseProjectUri(`file:${"/".repeat(slashes)}${path}`)).toEqual(expected);
        expect(parseProjectUri(`file://localhost/${path}`)).toEqual(expected);
      },
    ),
  );
});

test.each(["file://host/path", "file:relative", "file://", ""])("%j holds no absolute path", (uri) => {
  expect(() => parseProjectUri(uri)).toThrow(/must hold an absolute path|must not be empty/);
});

test.each(["repo#../x", "repo#a/../../b", "repo#/etc"])("%j leaves the project", (uri) => {
  expect(() => parseProjectUri(uri)).toThrow("subdirectory must be relative");
});

test.each([
  "https://example.com/me/repo",
  "git@example.com:me/repo.git",
  "ssh://git@example.com/me/repo",
  "file:///srv/repo.git#sub",
  "https://example.com/project.zip",
])("%s is not there yet, and says so", (uri) => {
  expect(() => parseProjectUri(uri)).toThrow(expect.objectContaining({ code: "NOT_IMPLEMENTED" }));
});
