import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databricksOptions, isDatabricksUri } from "./databricks-options.ts";

const CONFIG = `
[DEFAULT]
host = https://default.example/
token = of-default
[basic]
host = http://127.0.0.1:5000/?o=1
username = me
password = p:w
[bare]
host = bare.example
[two]
host = two.example
token = t
username = u
[m2m]
host = m2m.example
client_id = c
client_secret = s
`;

let folder: string;
let file: { DATABRICKS_CONFIG_FILE: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "client-"));
  file = { DATABRICKS_CONFIG_FILE: join(folder, "databrickscfg") };
  await writeFile(file.DATABRICKS_CONFIG_FILE, CONFIG);
});
afterAll(() => rm(folder, { recursive: true }));

const HOST = { DATABRICKS_HOST: "env.example", DATABRICKS_TOKEN: "of-env" };

describe("databricksOptions", () => {
  test("the environment, without looking at the file", () => {
    const env = { ...HOST, DATABRICKS_CONFIG_FILE: join(folder, "absent") };
    expect(databricksOptions("databricks", env)).toEqual({
      trackingUri: "https://env.example",
      token: "of-env",
    });
  });

  test("the default profile, where the environment is silent", () => {
    const found = { trackingUri: "https://default.example", token: "of-default" };
    expect(databricksOptions("databricks", file)).toEqual(found);
    expect(databricksOptions("databricks", { ...file, DATABRICKS_HOST: "" })).toEqual(found);
  });

  test("a named profile before the environment, by the URI before the variable", () => {
    const basic = { trackingUri: "http://127.0.0.1:5000", username: "me", password: "p:w" };
    expect(databricksOptions("databricks://basic", { ...file, ...HOST })).toEqual(basic);
    const named = { ...file, ...HOST, DATABRICKS_CONFIG_PROFILE: "basic" };
    expect(databricksOptions("databricks", named)).toEqual(basic);
    expect(databricksOptions("databricks://DEFAULT", named).token).toBe("of-default");
  });

  test("a profile that names a host alone takes its login from the environment", () => {
    const env = { ...file, DATABRICKS_TOKEN: "of-env" };
    expect(databricksOptions("databricks://bare", env)).toEqual({
      trackingUri: "https://bare.example",
      token: "of-env",
    });
  });

  test.each([
    ["databricks://absent", "has no absent profile configured"],
    ["databricks://bare", "no token is configured for databricks://bare"],
    ["databricks://two", "more than one login for Databricks is configured: token and username"],
    ["databricks://m2m", "a client id and secret are not used by this client yet"],
  ])("%s is refused: %s", (uri, message) => {
    expect(() => databricksOptions(uri, file)).toThrow(message);
  });

  test("nothing configured, or a file that is not there", () => {
    const env = { DATABRICKS_CONFIG_FILE: join(folder, "absent") };
    expect(() => databricksOptions("databricks", env)).toThrow("no host is configured for databricks");
    expect(() => databricksOptions("databricks://p", env)).toThrow("the profile p cannot be read from");
  });
});

test.each([
  ["databricks", true],
  ["databricks://p", true],
  ["databricks-uc", false],
  ["http://databricks", false],
])("%s: %s", (uri, is) => {
  expect(isDatabricksUri(uri)).toBe(is);
});
