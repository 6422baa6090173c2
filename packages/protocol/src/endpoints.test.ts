import { expect, test } from "vitest";
import { PERMISSIONS } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";

test("the endpoint table is pinned: changing the wire is a decision", () => {
  const table = Object.entries(endpoints).map(
    ([name, { methods, path, versions, permission }]) =>
      `${methods.join("|")} ${path} v${versions.join(",")} ${permission} ${name}`,
  );
  expect(table.toSorted()).toMatchSnapshot();
});

test("no two entries share a method, a path and a version", () => {
  const seen = Object.values(endpoints).flatMap(({ methods, path, versions }) =>
    methods.flatMap((method) => versions.map((version) => `${method} ${version} ${path}`)),
  );
  expect(new Set(seen).size).toBe(seen.length);
});

test("every entry names a known permission", () => {
  for (const { permission } of Object.values(endpoints)) expect(PERMISSIONS).toContain(permission);
});
