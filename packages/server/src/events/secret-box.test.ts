import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSecretBox } from "./secret-box.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "secret-box-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("the key file survives the server, and only its owner can read it", async () => {
  const keyFile = join(folder, "a.key");
  const sealed = await createSecretBox({ keyFile }).seal("s3cret ✓");
  expect(sealed).not.toContain("s3cret");
  expect(await createSecretBox({ keyFile }).open(sealed)).toBe("s3cret ✓");
  expect(((await stat(keyFile)).mode & 0o777).toString(8)).toBe("600");
  expect(await createSecretBox({ keyFile }).seal("s3cret ✓")).not.toBe(sealed);
  await chmod(keyFile, 0o644);
  createSecretBox({ keyFile });
  expect(((await stat(keyFile)).mode & 0o777).toString(8)).toBe("600");
});

test("servers with the same key can open each other's secrets", async () => {
  const box = (name: string, secretKey: string): ReturnType<typeof createSecretBox> =>
    createSecretBox({ keyFile: join(folder, name), secretKey });
  const sealed = await box("b", "shared").seal("x");
  expect(await box("c", "shared").open(sealed)).toBe("x");
  await expect(box("d", "other").open(sealed)).rejects.toThrow("sealed with another key");
  await expect(box("b", "shared").open(`${sealed.slice(0, -2)}AA`)).rejects.toThrow("another key");
  await expect(readFile(join(folder, "b"))).rejects.toThrow("ENOENT");
});
