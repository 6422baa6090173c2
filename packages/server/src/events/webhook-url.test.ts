import { describe, expect, test } from "vitest";
import { DEFAULT_WEBHOOK_POLICY, resolveWebhookUrl } from "./webhook-url.ts";

const strict = DEFAULT_WEBHOOK_POLICY;
const open = { allowedSchemes: ["https", "http"], allowPrivateAddresses: true };

describe("refuses", () => {
  test.each([
    ["", "Webhook URL cannot be empty"],
    ["  ", "Webhook URL cannot be empty"],
    ["http://1.1.1.1/", "Invalid webhook URL scheme: 'http'. Allowed schemes are: https."],
    ["file:///etc/passwd", "Invalid webhook URL scheme: 'file'."],
    ["gopher://1.1.1.1", "Invalid webhook URL scheme: 'gopher'."],
    ["no url", "Invalid webhook URL scheme: ''."],
    ["https://", "Webhook URL must include a hostname"],
    ["https://user:pass@1.1.1.1/", "must not hold a user or a password"],
    ["https://localhost/", "'localhost' resolves to"],
    ["https://127.0.0.1/", "'127.0.0.1' resolves to 127.0.0.1."],
    ["https://2130706433/", "'127.0.0.1' resolves to 127.0.0.1."],
    ["https://0x7f.1/", "'127.0.0.1' resolves to 127.0.0.1."],
    ["https://017700000001/", "'127.0.0.1' resolves to 127.0.0.1."],
    ["https://169.254.169.254/latest/meta-data", "must not resolve to a non-public IP address"],
    ["https://[::1]/", "must not resolve to a non-public IP address"],
    ["https://[::ffff:127.0.0.1]/", "must not resolve to a non-public IP address"],
    ["https://[fe80::1]/", "must not resolve to a non-public IP address"],
    ["https://nowhere.invalid/", "Cannot resolve Webhook URL hostname 'nowhere.invalid'"],
  ])("%j", async (url, says) => {
    await expect(resolveWebhookUrl(url, strict)).rejects.toThrow(says);
  });
});

test("returns the addresses that were checked", async () => {
  expect((await resolveWebhookUrl("https://1.1.1.1/x", strict)).addresses).toEqual([
    { address: "1.1.1.1", family: 4 },
  ]);
  const { url, addresses } = await resolveWebhookUrl("http://localhost:1/x", open);
  expect(url.pathname).toBe("/x");
  expect(addresses.length).toBeGreaterThan(0);
});
