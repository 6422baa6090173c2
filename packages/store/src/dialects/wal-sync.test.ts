import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { failure } from "../testing/helpers.ts";
import { WalSync } from "./wal-sync.ts";

it("lets waits of a moment share one sync", async () => {
  const folder = mkdtempSync(join(tmpdir(), "flightdeck-sync-"));
  const fd = openSync(join(folder, "log"), "w+");
  const sync = new WalSync(fd);
  const first = sync.wait();
  expect(sync.wait()).toBe(first);
  await new Promise((resolve) => {
    setImmediate(resolve); // The sync has begun: who comes now may have written after it.
  });
  const second = sync.wait();
  expect(second).not.toBe(first);
  await Promise.all([first, second]);
  await sync.wait();
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

it("refuses everything after a failed sync", async () => {
  const fd = openSync(tmpdir(), "r");
  closeSync(fd); // A descriptor that no longer is one: the sync fails with EBADF.
  const sync = new WalSync(fd);
  sync.assertHealthy();
  const running = sync.wait();
  expect(await failure(running)).toMatch(/^IO_ERROR: the database could not be written to disk \(EBADF/);
  expect(await failure(sync.wait())).toContain("takes no more writes");
  expect(() => sync.assertHealthy()).toThrow("takes no more writes");
});
