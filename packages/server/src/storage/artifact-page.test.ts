import { LIMITS } from "@flightdeck/protocol";
import { expect, test } from "vitest";
import { artifactPage } from "./served-artifacts.ts";

const infos = Array.from({ length: LIMITS.artifactListEntriesMax + 2 }, (_, index) => ({
  path: `f${String(index).padStart(6, "0")}`,
  isDir: false,
  fileSizeBytes: index,
}));

test("the pages of a long listing contain all of it", () => {
  const first = artifactPage(infos, undefined);
  expect(first.files).toHaveLength(LIMITS.artifactListEntriesMax);
  const second = artifactPage(infos, first.next_page_token);
  expect(second.next_page_token).toBeUndefined();
  expect([...first.files, ...second.files].map((file) => file.path)).toEqual(infos.map((info) => info.path));
});

test("pages stay correct when the last file of the previous page is deleted", () => {
  const first = artifactPage(infos, undefined);
  const without = infos.filter((info) => info.path !== first.next_page_token);
  expect(artifactPage(without, first.next_page_token).files).toHaveLength(2);
});
