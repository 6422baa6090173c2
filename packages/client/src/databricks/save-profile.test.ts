import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { databricksOptions } from "./databricks-options.ts";
import { saveProfile } from "./profiles.ts";

test("the profile replaces its earlier login, keeps other profiles, and only the owner can read the file", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "sub", "cfg");
  const env = { DATABRICKS_CONFIG_FILE: file };
  await saveProfile({ profile: "lab", host: "http://127.0.0.1:5000", token: "t1" }, env);
  await writeFile(file, `${await readFile(file, "utf8")}username = me\n[other]\nhost = x\n`, { mode: 0o644 });
  expect(await saveProfile({ profile: "lab", host: "http://127.0.0.1:5000", token: "t2" }, env)).toBe(file);
  expect(databricksOptions("databricks://lab", env)).toMatchObject({
    trackingUri: "http://127.0.0.1:5000",
    token: "t2",
  });
  expect(await readFile(file, "utf8")).toContain("[other]\nhost = x\n");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, "sub"))).toEqual(["cfg"]);
});

test("a symlink to the file is kept", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "real"), "");
  await symlink(join(folder, "real"), join(folder, "link"));
  const env = { DATABRICKS_CONFIG_FILE: join(folder, "link") };
  await saveProfile({ profile: "p", host: "h", token: "t" }, env);
  expect(await readFile(join(folder, "real"), "utf8")).toBe("[p]\nhost = h\ntoken = t\n");
});
