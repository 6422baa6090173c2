import { isAppError } from "@flightdeck/core";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ArtifactRepository, ByteRange } from "../artifact-repository.ts";

/** An empty repository for one test, and a function that removes it. */
export type OpenedRepository = { readonly repository: ArtifactRepository; close(): Promise<void> };

/** Tests the contract of `ArtifactRepository`. `open` creates an empty repository for each test. */
export function describeArtifactRepository(name: string, open: () => Promise<OpenedRepository>): void {
  let opened: OpenedRepository;
  let repository: ArtifactRepository;

  beforeEach(async () => {
    opened = await open();
    repository = opened.repository;
  });
  afterEach(() => opened.close());

  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const read = async (path: string, range?: ByteRange): Promise<string> => {
    const { stream } = await repository.read(path, range);
    return (await buffer(stream)).toString();
  };

  describe(`${name} keeps the contract of ArtifactRepository:`, () => {
    test("reads what was written, with its size", async () => {
      expect(await repository.write("notes/a.txt", bytes("hello"))).toBe(5);
      expect(await read("notes/a.txt")).toBe("hello");
      const { stream, sizeBytes } = await repository.read("notes/a.txt");
      stream.destroy();
      expect(sizeBytes).toBe(5);
    });

    test("writes streams, and empty artifacts", async () => {
      const chunks = Readable.from([bytes("ab"), bytes("cd")]);
      expect(await repository.write("s.bin", chunks)).toBe(4);
      expect(await read("s.bin")).toBe("abcd");
      expect(await repository.write("empty.bin", bytes(""))).toBe(0);
      expect(await read("empty.bin")).toBe("");
    });

    test("megabytes are stored unchanged", async () => {
      const content = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 251);
      await repository.write("big.bin", Readable.from([content.subarray(0, 7), content.subarray(7)]));
      const { stream } = await repository.read("big.bin");
      expect(Buffer.compare(await buffer(stream), content)).toBe(0);
    });

    test("writing again replaces the content", async () => {
      await repository.write("a", bytes("a longer first"));
      await repository.write("a", bytes("second"));
      expect(await read("a")).toBe("second");
    });

    test("names with spaces, umlauts, percent signs and quotes are kept", async () => {
      const names = [
        "a b",
        "größe",
        "100%25",
        "%2e%2e%2e",
        'it\'s "x"',
        "日本.txt",
        "a+b&c=d",
        "...",
        ".hidden",
      ];
      for (const name of names) await repository.write(`odd/${name}`, bytes(name));
      const listed = await repository.list("odd");
      expect(listed.map((info) => info.path)).toEqual(names.map((name) => `odd/${name}`).toSorted());
      for (const name of names) expect(await read(`odd/${name}`)).toBe(name);
    });

    test("lists direct children, sorted", async () => {
      await repository.write("b.txt", bytes("1"));
      await repository.write("a/x/deep.txt", bytes("22"));
      await repository.write("a/y.txt", bytes("333"));
      expect(await repository.list("")).toEqual([
        { path: "a", isDir: true },
        { path: "b.txt", isDir: false, fileSizeBytes: 1 },
      ]);
      expect(await repository.list("a")).toEqual([
        { path: "a/x", isDir: true },
        { path: "a/y.txt", isDir: false, fileSizeBytes: 3 },
      ]);
      expect(await repository.list("a/")).toEqual(await repository.list("a"));
    });

    test("listing a file returns the file; listing a missing path returns nothing", async () => {
      await repository.write("a/y.txt", bytes("333"));
      expect(await repository.list("a/y.txt")).toEqual([{ path: "a/y.txt", isDir: false, fileSizeBytes: 3 }]);
      expect(await repository.list("nowhere")).toEqual([]);
      expect(await repository.list("a/y.txt/below")).toEqual([]);
    });

    test("finds files and folders, and nothing else", async () => {
      await repository.write("a/y.txt", bytes("333"));
      expect(await repository.find("a/y.txt")).toEqual({ path: "a/y.txt", isDir: false, fileSizeBytes: 3 });
      expect(await repository.find("a")).toEqual({ path: "a", isDir: true });
      expect(await repository.find("b")).toBeUndefined();
      expect(await repository.find("a/y.txt/below")).toBeUndefined();
    });

    test.each<[ByteRange, string]>([
      [{ start: 0, end: 0 }, "0"],
      [{ start: 3, end: 5 }, "345"],
      [{ start: 7 }, "789"],
      [{ start: 8, end: 100 }, "89"],
    ])("range %o reads %s", async (range, expected) => {
      await repository.write("digits", bytes("0123456789"));
      expect(await read("digits", range)).toBe(expected);
      const { stream, sizeBytes } = await repository.read("digits", range);
      stream.destroy();
      expect(sizeBytes).toBe(10);
    });

    test("rejects a range after the end", async () => {
      await repository.write("digits", bytes("0123456789"));
      await expect(repository.read("digits", { start: 10 })).rejects.toMatchObject({
        code: "INVALID_PARAMETER_VALUE",
      });
    });

    test("a missing artifact cannot be read or deleted", async () => {
      await expect(repository.read("nowhere")).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
      await expect(repository.delete("nowhere")).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
    });

    test("a folder cannot be read or overwritten", async () => {
      await repository.write("folder/x", bytes("1"));
      await expect(repository.read("folder")).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
      const write = repository.write("folder", bytes("1"));
      await expect(write).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
      const below = repository.write("folder/x/y", bytes("1"));
      await expect(below).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
      expect(await read("folder/x")).toBe("1");
    });

    test("deleting a file keeps its siblings; deleting a folder deletes everything below it", async () => {
      await repository.write("a/x", bytes("1"));
      await repository.write("a/y/z", bytes("2"));
      await repository.delete("a/x");
      expect(await repository.list("a")).toEqual([{ path: "a/y", isDir: true }]);
      await repository.delete("a");
      expect(await repository.list("")).toEqual([]);
    });

    test("a write whose content fails leaves the previous content and nothing else", async () => {
      await repository.write("a/kept", bytes("before"));
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes("after");
        throw await Promise.resolve(new RangeError("the source broke"));
      };
      await expect(repository.write("a/kept", Readable.from(failing()))).rejects.toThrow(/./);
      expect(await read("a/kept")).toBe("before");
      expect(await repository.list("a")).toHaveLength(1);
    });

    test("a cancelled write leaves the previous content", async () => {
      await repository.write("kept", bytes("before"));
      const controller = new AbortController();
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (;;) {
          yield bytes("after");
          controller.abort();
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const write = repository.write("kept", Readable.from(endless()), controller.signal);
      await expect(write).rejects.toSatisfy((error) => isAppError(error, "CANCELLED"));
      expect(await read("kept")).toBe("before");
    });

    test.each(ESCAPES)("every method rejects the path %j", async (path) => {
      const refused = { code: "INVALID_PARAMETER_VALUE" };
      await expect(repository.read(path)).rejects.toMatchObject(refused);
      await expect(repository.list(path)).rejects.toMatchObject(refused);
      await expect(repository.find(path)).rejects.toMatchObject(refused);
      await expect(repository.write(path, bytes("x"))).rejects.toMatchObject(refused);
      await expect(repository.delete(path)).rejects.toMatchObject(refused);
    });
  });
}

const ESCAPES = [
  "../secret",
  "a/../../secret",
  "..",
  "/etc/passwd",
  "//etc/passwd",
  "a//b",
  "..\\secret",
  "a\0b",
  "./a",
  "a/.",
  "a#b",
  "a;b",
  "a?b",
  "C:/Windows",
  "%2e%2e/secret",
  "a/%252E%252e/secret",
  "x".repeat(256),
  `${"x/".repeat(600)}x`,
];
