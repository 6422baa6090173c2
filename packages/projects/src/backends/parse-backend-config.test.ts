import fc from "fast-check";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseBackendConfig } from "./get-backend.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "backend-config-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

test("reads a file relative to the working directory, or JSON itself", async () => {
  await writeFile(join(folder, "cluster.json"), '{"num_workers": 2}');
  expect(await parseBackendConfig("./cluster.json", folder)).toEqual({ num_workers: 2 });
  expect(await parseBackendConfig('{"num_workers": 3}', folder)).toEqual({ num_workers: 3 });
});

test.each([
  ['{\n  "num_workers": 2,\n}', "is not JSON: Expected double-quoted property name, line 3 column 1"],
  ['{"spark_version": latest}', "is not JSON: Unexpected token 'l', line 1 column 19"],
  ["{'num_workers': 2}", "is not JSON: Expected property name or '}', line 1 column 2"],
  ['{\n"a": [1, 2\n', "is not JSON: Expected ',' or ']' after array element, line 3 column 1"],
  ["", "is not JSON: Unexpected end of JSON input, line 1 column 1"],
  ["[1]", "must be a JSON object, got a list"],
  ["null", "must be a JSON object, got null"],
])("rejects a file with %j and gives the position", async (text, message) => {
  await writeFile(join(folder, "cluster.json"), text);
  await expect(parseBackendConfig("cluster.json", folder)).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: `backend config cluster.json ${message}`,
  });
});

test("rejects a missing file, and text that is neither JSON nor a .json path", async () => {
  await expect(parseBackendConfig("absent.json", folder)).rejects.toThrow(
    "absent.json cannot be read: ENOENT",
  );
  await expect(parseBackendConfig("absent", folder)).rejects.toThrow("JSON or the path of a .json file");
});

test("reports the column of any single wrong character", async () => {
  const json = fc.json({ maxDepth: 2 }).filter((text) => text.length > 1);
  await fc.assert(
    fc.asyncProperty(json, fc.nat(), async (text, at) => {
      const index = at % (text.length + 1);
      const wrong = `{"x": ${text.slice(0, index)}\u0001${text.slice(index)}}`;
      const { message } = await parseBackendConfig(wrong, folder).then(
        () => ({ message: "" }),
        (error: unknown) => ({ message: String(error) }),
      );
      expect(message).toContain(`, line 1 column ${index + 7};`);
    }),
  );
});
