import { expect, test } from "vitest";
import type { Endpoint } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";

const table: readonly [string, Endpoint][] = Object.entries(endpoints);

test("the endpoint table matches its snapshot, so that a change of the wire is deliberate", () => {
  const lines = table.map(([name, { methods, path, versions, access, creates }]) => {
    const may = `${access.audience} ${access.level}${creates === undefined ? "" : ` creates ${creates}`}`;
    return `${methods.join("|")} ${path} v${versions.join(",")} ${name}: ${may}`;
  });
  expect(lines.toSorted()).toMatchSnapshot();
});

test("no two endpoints share method, path and version", () => {
  const seen = table.flatMap(([, { methods, path, versions }]) =>
    methods.flatMap((method) => versions.map((version) => `${method} ${version} ${path}`)),
  );
  expect(new Set(seen).size).toBe(seen.length);
});

test("every call that changes something declares what the page must reload", () => {
  const forgotten = table.filter(([, { access, changes }]) => access.level !== "CAN_READ" && !changes);
  expect(forgotten.map(([name]) => name)).toEqual([]);
});

test("a call that acts on resources declares which ones", () => {
  for (const [, { access }] of table)
    expect(access.audience === "grantees").toBe("names" in access && access.audience !== "users");
});
