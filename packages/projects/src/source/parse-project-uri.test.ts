import fc from "fast-check";
import { expect, test } from "vitest";
import { parseProjectUri } from "./parse-project-uri.ts";

test("a path is not decoded", () => {
  expect(parseProjectUri(".")).toEqual({ kind: "folder", path: ".", subdirectory: "" });
  expect(parseProjectUri("../a b/%20")).toEqual({ kind: "folder", path: "../a b/%20", subdirectory: "" });
  expect(parseProjectUri("repo#examples/airline")).toEqual({
    kind: "folder",
    path: "repo",
    subdirectory: "examples/airline",
  });
});

test("a file URI may have a subdirectory", () => {
  const location = { kind: "folder", path: "/data/repo", subdirectory: "examples/airline" };
  expect(parseProjectUri("file:////data/repo#examples/airline")).toEqual(location);
});

test("file: with one, three or more slashes means the same folder, because $PWD begins with one", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\w .%-]+(\/[\w .%-]+){0,3}$/),
      fc.integer({ min: 3, max: 9 }),
      (path, slashes) => {
        const expected = { kind: "folder", path: `/${path}`, subdirectory: "" };
        expect(parseProjectUri(`file:/${path}`)).toEqual(expected);
        expect(parseProjectUri(`file:${"/".repeat(slashes)}${path}`)).toEqual(expected);
        expect(parseProjectUri(`file://localhost/${path}`)).toEqual(expected);
      },
    ),
  );
});

test.each(["file://host/path", "file:relative", "file://", ""])(
  "rejects %j, which has no absolute path",
  (uri) => {
    expect(() => parseProjectUri(uri)).toThrow(/must have an absolute path|must not be empty/);
  },
);

test.each(["repo#../x", "repo#a/../../b", "repo#/etc"])("rejects %j, which leaves the project", (uri) => {
  expect(() => parseProjectUri(uri)).toThrow("subdirectory must be relative");
});

test.each([
  ["https://example.com/me/repo", "https://example.com/me/repo"],
  ["git+https://example.com/me/repo.git", "https://example.com/me/repo.git"],
  ["git@example.com:me/repo.git", "git@example.com:me/repo.git"],
  ["ssh://git@example.com/me/repo", "ssh://git@example.com/me/repo"],
  ["ssh://git@example.com/me/repo.zip", "ssh://git@example.com/me/repo.zip"],
])("%s is a git repository", (uri, repository) => {
  expect(parseProjectUri(`${uri}#a/b`)).toEqual({ kind: "git", repository, subdirectory: "a/b" });
});

test.each([
  ["https://example.com/project.zip", "https://example.com/project.zip"],
  ["file:///data/project.ZIP", "/data/project.ZIP"],
  ["data/project.zip", "data/project.zip"],
])("%s is a zip file", (uri, archive) => {
  expect(parseProjectUri(`'${uri}#a'`)).toEqual({ kind: "zip", archive, subdirectory: "a" });
});

test("a git transport that runs commands does not count as a repository", () => {
  expect(parseProjectUri("ext::sh -c touch% owned")).toMatchObject({ kind: "folder" });
});
