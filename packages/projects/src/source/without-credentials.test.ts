import { expect, test } from "vitest";
import { withoutCredentials } from "./git.ts";

test.each([
  ["https://me:secret@example.com/r.git", "https://example.com/r.git"],
  ["https://token@example.com/r.git", "https://example.com/r.git"],
  [
    "fatal: 'https://token@example.com/r.git' and http://a:b@c/d",
    "fatal: 'https://example.com/r.git' and http://c/d",
  ],
  ["ssh://git@example.com/r.git", "ssh://git@example.com/r.git"],
  ["ssh://git:secret@example.com/r.git", "ssh://example.com/r.git"],
  ["git@example.com:me/r.git", "git@example.com:me/r.git"],
])("removes credentials from %s", (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});
