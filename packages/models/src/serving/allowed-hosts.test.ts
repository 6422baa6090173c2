import { expect, test } from "vitest";
import { hostCheck } from "./allowed-hosts.ts";

test.each([
  ["127.0.0.1", undefined, "127.0.0.1:55755", true],
  ["127.0.0.1", undefined, "LocalHost", true],
  ["::1", undefined, "[::1]:80", true],
  ["127.0.0.1", undefined, "evil.example", false],
  ["127.0.0.1", undefined, undefined, false],
  ["0.0.0.0", undefined, "models.example:80", true],
  ["0.0.0.0", ["models.example"], "models.example:80", true],
  ["0.0.0.0", ["models.example"], "evil.example", false],
])("bound to %s, allowing %j, Host %s: %s", (bound, allowed, header, expected) => {
  expect(hostCheck(bound, allowed)(header)).toBe(expected);
});
