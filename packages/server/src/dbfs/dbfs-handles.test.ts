import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Principal } from "../identity/principal.ts";
import { DbfsHandles, HANDLE_IDLE_MS, HANDLES_MAX } from "./dbfs-handles.ts";

const ALICE = { name: "alice", isAdmin: true };

let folder: string;
let handles: DbfsHandles;
const absent = { code: "RESOURCE_DOES_NOT_EXIST" };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "handles-"));
  handles = new DbfsHandles(new LocalArtifactRepository(folder));
});
afterEach(async () => {
  vi.useRealTimers();
  await handles.dropAll();
  await rm(folder, { recursive: true });
});

test("a handle works only for the user who opened it", async () => {
  const handle = handles.create("x", ALICE);
  await expect(handles.addBlock(handle, "bob", new Uint8Array(1))).rejects.toMatchObject(absent);
  await expect(handles.close(handle, "bob")).rejects.toMatchObject(absent);
  await handles.close(handle, "alice");
  expect(await readdir(folder)).toEqual(["x"]);
});

test("an abandoned handle is closed and its blocks are deleted", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const handle = handles.create("x", ALICE);
  await handles.addBlock(handle, "alice", new Uint8Array(1));
  vi.advanceTimersByTime(HANDLE_IDLE_MS);
  await expect(handles.close(handle, "alice")).rejects.toMatchObject(absent);
  await vi.waitFor(async () => expect(await readdir(folder)).toEqual([]));
});

test("dropping a handle before its file was opened does not affect anything else", async () => {
  for (let count = 0; count < 10; count++) {
    handles.create(`x${count}`, ALICE);
    await handles.dropAll();
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(await readdir(folder)).toEqual([]);
});

test("one user's open handles leave room for other users", () => {
  const userOf = (principalId: string): Principal => {
    const account = { principalId, name: "bob", role: "user", tokenId: "t" } as const;
    return { name: account.name, account, isAdmin: false };
  };
  const share = HANDLES_MAX / 4;
  for (let count = 0; count < share; count++) handles.create(`x${count}`, userOf("1"));
  expect(() => handles.create("y", userOf("1"))).toThrow(/the maximum for one user/);
  expect(handles.create("y", userOf("2"))).toBeGreaterThan(0);
});

test("closing the server drops open handles", async () => {
  handles.create("x", ALICE);
  await handles.dropAll();
  expect(await readdir(folder)).toEqual([]);
});
