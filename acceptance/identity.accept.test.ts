import { fileURLToPath } from "node:url";
import { pythonWith, startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "./create-token.ts";
import { runPython } from "./run-python.ts";

/* Logins and tokens with databricks-sdk, and with the stock mlflow client, which uses it to find the workspace. */

const python = await pythonWith(fileURLToPath(new URL("python/identity.txt", import.meta.url)));

describe.skipIf(python.missing)(`databricks-sdk${python.missing ? ` (${python.reason})` : ""}`, () => {
  let server: TestServer;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    server = await startTestServer({ auth: "token" });
    tokens["owner@example.com"] = await createToken(server, "owner@example.com");
    tokens["me@example.com"] = await createToken(server, "me@example.com", ["--role", "user"]);
  });
  afterAll(() => server.close());

  function ask(user: string, mode: "pat" | "basic" | "oauth" | "refused"): Promise<Record<string, unknown>> {
    const args = [server.url, tokens[user] ?? user, user, mode];
    const interpreter = valueOf(python);
    return runPython({ interpreter, file: "identity.py", args, trackingUri: "databricks" });
  }

  test.each(["pat", "basic", "oauth"] as const)(
    "a user logs in with %s and sees only their own data",
    async (mode) => {
      expect(await ask("me@example.com", mode)).toEqual({
        who: ["me@example.com", ["users"]],
        tokens: {
          listed: ["from the SDK"],
          fresh: "me@example.com",
          revoked: "Unauthenticated UNAUTHENTICATED: Invalid access token: it was revoked.",
          twice: expect.stringMatching(/^\w+ RESOURCE_DOES_NOT_EXIST: Token with ID \w+ does not exist$/),
        },
        tracked: {
          metrics: { m: 1 },
          text: "hello",
          others: expect.stringContaining('me@example.com needs CAN_READ on experiment "0"'),
          id: expect.stringMatching(/^\d+$/),
        },
        shared: { admins: "CAN_MANAGE", "me@example.com": "CAN_MANAGE", users: "CAN_READ" },
      });
    },
  );

  test("an owner can see everything", async () => {
    const { who, tracked } = await ask("owner@example.com", "pat");
    expect(who).toEqual(["owner@example.com", ["admins", "users"]]);
    expect(tracked).toMatchObject({ others: "let in" });
  });

  test("the error for another workspace's token differs from that for an unknown one", async () => {
    expect(await ask("dapi0123456789abcdef0123456789abcdef", "refused")).toEqual({
      who: "Unauthenticated UNAUTHENTICATED: Invalid access token: it was not issued by this workspace.",
    });
    expect(await ask(`fdpat-${"A".repeat(43)}`, "refused")).toEqual({
      who: "Unauthenticated UNAUTHENTICATED: Invalid access token: it is unknown: mistyped, or from another workspace.",
    });
  });
});
