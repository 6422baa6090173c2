import { LIMITS } from "@flightdeck/protocol";
import { expect, test } from "vitest";
import { artifactPage } from "./artifact-page.ts";

const infos = Array.from({ length: LIMITS.artifactListEntriesMax + 2 }, (_, index) => ({
  path: `f${String(index).padStart(6, "0")}`,
  isDir: false,
  fileSizeBytes: index,
}));

test("a long listing comes in pages that add up to it", () => {
  const first = artifactPage(infos, undefined);
  expect(first.files).toHaveLength(LIMITS.artifactListEntriesMax);
  const second = artifactPage(infos, first.next_page_token);
  expect(second.next_page_token).toBeUndefined();
  expect([...first.files, ...second.files].map((file) => file.path)).toEqual(infos.map((info) => info.path));
});

test("pages stay right when the file that the last one ended with has gone", () => {
  const first = artifactPage(infos, undefined);
  const without = infos.filter((info) => info.path !== first.next_page_token);
  expect(artifactPage(without, first.next_page_token).files).toHaveLength(2);
});
