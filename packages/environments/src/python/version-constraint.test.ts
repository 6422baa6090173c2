import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allowsVersion,
  compareVersions,
  parseConstraints,
  shownConstraints,
  toRequirement,
} from "./version-constraint.ts";

const version = fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join("."));

test.each([
  ["3.8", "3.8", "x==3.8.*"],
  ["=3.8", "3.8", "x==3.8.*"],
  ["==3.8.5", "==3.8.5", "x==3.8.5"],
  ["3.8.*", "3.8", "x==3.8.*"],
  ["==3.8.*", "3.8", "x==3.8.*"],
  [">=1.2, <2", ">=1.2,<2", "x>=1.2,<2"],
  ["~=1.4.2", "~=1.4.2", "x~=1.4.2"],
  ["*", "", "x"],
  ["", "", "x"],
])("parses %j and formats it for people and for pip", (text, shown, requirement) => {
  const constraints = parseConstraints(text) ?? [];
  expect(shownConstraints(constraints)).toBe(shown);
  expect(toRequirement("x", constraints)).toBe(requirement);
});

test.each(["1.2|1.3", "latest", ">=1.*", ">", "1.2,,1.3", "3.8 4"])(
  "rejects %j, which pip cannot express",
  (text) => {
    expect(parseConstraints(text)).toBeUndefined();
  },
);

test.each([
  ["3.8", "3.8.18", true],
  ["3.8", "3.80.1", false],
  ["3.8.5", "3.8.18", false],
  ["==3.8", "3.8.0", true],
  ["==3.8", "3.8.1", false],
  [">=3.8,<3.11", "3.10.13", true],
  [">=3.8,<3.11", "3.11.0", false],
  ["!=3.9", "3.9", false],
  ["~=3.9", "3.12.1", true],
  ["~=3.9.2", "3.10.0", false],
  ["<=3.9", "3.9.1", false],
  [">3.9", "3.9.1", true],
])("%s allows %s: %s", (constraint, candidate, allowed) => {
  expect(allowsVersion(parseConstraints(constraint) ?? [], candidate)).toBe(allowed);
});

test("versions have a total order that agrees with the operators", () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      const order = compareVersions(a, b);
      expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -Math.sign(order));
      expect(allowsVersion([{ operator: ">=", version: b }], a)).toBe(order >= 0);
      expect(allowsVersion([{ operator: "==", version: b }], a)).toBe(order === 0);
      expect(allowsVersion([{ operator: "=", version: a }], `${a}.7`)).toBe(true);
    }),
  );
});
