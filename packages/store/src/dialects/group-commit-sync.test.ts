import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../testing/helpers.ts";
import { WalSync } from "./group-commit.ts";

test("lets all that wait while a sync runs share the next one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "flightdeck-sync-"));
  const fd = openSync(join(folder, "log"), "w+");
  const sync = new WalSync(fd);
  const first = sync.wait();
  const second = sync.wait(); // The sync has started, so it may not cover this write.
  expect(second).not.toBe(first);
  expect(sync.wait()).toBe(second);
  await Promise.all([first, second]);
  await sync.wait();
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

test("refuses everything after a failed sync", async () => {
  const fd = openSync(tmpdir(), "r");
  closeSync(fd); // A closed descriptor: the sync fails with EBADF.
  const sync = new WalSync(fd);
  sync.assertHealthy();
  const running = sync.wait();
  expect(await failure(running)).toMatch(/^IO_ERROR: the database could not be written to disk \(EBADF/);
  expect(await failure(sync.wait())).toContain("takes no more writes");
  expect(() => sync.assertHealthy()).toThrow("takes no more writes");
});
