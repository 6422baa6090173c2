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
[half]
host = half.example
client_id = c
[chosen]
host = chosen.example
token = t
username = u
auth_type = pat
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

const AGENT = { userAgent: "flightdeck/0.1.0 databricks" };

describe("databricksOptions", () => {
  test("uses the environment without reading the file", () => {
    const env = { ...HOST, DATABRICKS_CONFIG_FILE: join(folder, "absent") };
    expect(databricksOptions("databricks", env)).toEqual({
      trackingUri: "https://env.example",
      token: "of-env",
      ...AGENT,
    });
  });

  test("uses the default profile if the environment sets nothing", () => {
    const found = { trackingUri: "https://default.example", token: "of-default", ...AGENT };
    expect(databricksOptions("databricks", file)).toEqual(found);
    expect(databricksOptions("databricks", { ...file, DATABRICKS_HOST: "" })).toEqual(found);
  });

  test("uses the profile named by the URI rather than by the variable", () => {
    const basic = { trackingUri: "http://127.0.0.1:5000", username: "me", password: "p:w", ...AGENT };
    expect(databricksOptions("databricks://basic", file)).toEqual(basic);
    const named = { ...file, DATABRICKS_CONFIG_PROFILE: "basic" };
    expect(databricksOptions("databricks", named)).toEqual(basic);
    expect(databricksOptions("databricks://DEFAULT", named).token).toBe("of-default");
  });

  // As observed with databricks-sdk 0.156.
  test("fills in what the environment does not set from a named profile, field by field", () => {
    const env = { ...file, ...HOST };
    const ofEnv = { trackingUri: "https://env.example", token: "of-env" };
    expect(databricksOptions("databricks://DEFAULT", env)).toMatchObject(ofEnv);
    expect(databricksOptions("databricks", { ...env, DATABRICKS_CONFIG_PROFILE: "DEFAULT" })).toMatchObject(
      ofEnv,
    );
    expect(databricksOptions("databricks://bare", { ...file, DATABRICKS_TOKEN: "of-env" })).toMatchObject({
      trackingUri: "https://bare.example",
      token: "of-env",
    });
  });

  test("chooses between two logins by DATABRICKS_AUTH_TYPE or the profile's auth_type", () => {
    const options = databricksOptions("databricks://two", { ...file, DATABRICKS_AUTH_TYPE: "basic" });
    expect(options).toEqual({ trackingUri: "https://two.example", username: "u", ...AGENT });
    expect(databricksOptions("databricks://chosen", file)).toEqual({
      trackingUri: "https://chosen.example",
      token: "t",
      ...AGENT,
    });
  });

  test("logs in by OAuth with a client id and secret", () => {
    const options = databricksOptions("databricks://m2m", file);
    expect(options).toEqual({
      trackingUri: "https://m2m.example",
      authorize: expect.any(Function),
      ...AGENT,
    });
  });

  test.each([
    ["databricks://absent", {}, "has no absent profile configured"],
    ["databricks://bare", {}, "no token is configured for databricks://bare"],
    ["databricks://two", {}, "more than one authorization method is configured: pat and basic"],
    ["databricks://half", {}, "no client_secret is configured for databricks://half"],
    ["databricks://two", { DATABRICKS_AUTH_TYPE: "oauth-m2m" }, "no client_id and no client_secret"],
    ["databricks", { DATABRICKS_AUTH_TYPE: "azure-cli" }, 'must be pat, basic, oauth-m2m, got "azure-cli"'],
    [
      "databricks",
      { DATABRICKS_HOST: "http://a b", DATABRICKS_TOKEN: "t" },
      "the Databricks host is not a valid address",
    ],
  ])("%s with %o is refused: %s", (uri, env, message) => {
    expect(() => databricksOptions(uri, { ...file, ...env })).toThrow(message);
  });

  test("refuses an empty configuration and a missing file", () => {
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
