import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EntryPoint, Parameter } from "../project/project.ts";
import { fetchPathValues } from "./fetch-path-values.ts";
import { type ResolvedParameters, resolveParameters } from "./resolve-parameters.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "parameters-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

function resolveAll(parameters: readonly Parameter[], given: Record<string, string>): ResolvedParameters {
  const entryPoint: EntryPoint = { name: "main", parameters, command: "true" };
  return resolveParameters({ entryPoint, given, cwd: "/", projectFolder: folder });
}

test("given values override defaults; undeclared ones are kept separately, in order", () => {
  const parameters: Parameter[] = [
    { name: "depth", type: "int", default: "10" },
    { name: "fpath", type: "string", default: "a" },
  ];
  const resolved = resolveAll(parameters, { z: "1", fpath: "b", a: "2" });
  expect(resolved.declared.map(({ parameter, value }) => [parameter.name, value])).toEqual([
    ["depth", "10"],
    ["fpath", "b"],
  ]);
  expect([...resolved.extra]).toEqual([
    ["z", "1"],
    ["a", "2"],
  ]);
});

test("lists all problems at once, with the usage", () => {
  const parameters: Parameter[] = [
    { name: "fpath", type: "path" },
    { name: "depth", type: "int", default: "10" },
    { name: "share", type: "float" },
    { name: "where", type: "uri" },
  ];
  expect(() => resolveAll(parameters, { depth: "deep", where: "data.csv" })).toThrow(
    expect.objectContaining({
      code: "INVALID_PARAMETER_VALUE",
      message:
        'entry point "main": parameter fpath (path) is missing; parameter depth must be an int, got "deep"; ' +
        'parameter share (float) is missing; parameter where must be a URI with a scheme, got "data.csv". ' +
        "Usage: -e main -P fpath=<path> [-P depth=<int, default 10>] -P share=<float> -P where=<uri>",
    }),
  );
});

test.each([
  ["int", ["7", "-3", "+12"], ["1.0", "1e3", "", "0x10", "seven", "1 2"]],
  ["float", ["1", "-0.5", ".5", "1e-3", "nan", "-inf"], ["", ".", "1e", "0,5", "one"]],
  ["uri", ["s3://b/k", "http://h/p", "runs:/0/m"], ["", "a/b", "/abs", "://x"]],
  ["string", ["", "anything", "x\ny"], ["nul\0"]],
] as const)("validates values of type %s", (type, good, bad) => {
  const parameters: Parameter[] = [{ name: "p", type }];
  for (const value of good) expect(resolveAll(parameters, { p: value }).declared[0]?.value).toBe(value);
  for (const value of bad)
    expect(() => resolveAll(parameters, { p: value }), value).toThrow("parameter p must");
});

test("properties of Object.prototype do not count as given", () => {
  expect(() => resolveAll([{ name: "constructor", type: "string" }], {})).toThrow(
    "constructor (string) is missing",
  );
});

test("a path is resolved against the folder it came from; a URI is downloaded", async () => {
  await writeFile(join(folder, "small.parquet"), "");
  const parameters: Parameter[] = [
    { name: "byDefault", type: "path", default: "small.parquet" },
    { name: "given", type: "path" },
    { name: "asFile", type: "path" },
    { name: "remote", type: "path" },
    { name: "kept", type: "uri" },
  ];
  const given = { given: "tmp", asFile: `file:///${folder}`, remote: "runs:/1/data", kept: "s3://b/k" };
  const { declared } = resolveAll(parameters, given);
  const values = await fetchPathValues(declared, {
    storageFolder: () => Promise.resolve(join(folder, "storage")),
    download: (uri, target) => Promise.resolve(join(target, uri.slice("runs:/1/".length))),
  });
  expect(Object.fromEntries(values)).toEqual({
    byDefault: join(folder, "small.parquet"),
    given: "/tmp",
    asFile: folder,
    remote: join(folder, "storage/param_3/data"),
    kept: "s3://b/k",
  });
  expect(() => resolveAll([{ name: "p", type: "path" }], { p: "absent.csv" })).toThrow(
    "must be a path that exists",
  );
});
