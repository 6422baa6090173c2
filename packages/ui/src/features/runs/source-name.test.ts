import { expect, it } from "vitest";
import { shortSourceName } from "./source-name.ts";

it.each([
  ["/srv/projects/train.ts", "train.ts"],
  ["file:///srv/projects/airline/", "airline"],
  ["C:\\work\\train.py", "train.py"],
  ["train.py", "train.py"],
  ["", ""],
])("shortens %j to %j", (source, name) => {
  expect(shortSourceName(source)).toBe(name);
});
