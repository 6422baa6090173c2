import { afterEach, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

/* After some thirty failed logins, an address is told to wait. Who may say what the address is? */

const FAILURES = 31;

let server: TestServer;
afterEach(() => server.close());

/** The answers to wrong tokens, each of which claims to come from somewhere. */
async function guess(claim: (index: number) => string): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let index = 0; index <= FAILURES; index += 1) {
    const headers = { authorization: `Bearer fdpat-${index}`, "x-forwarded-for": claim(index) };
    statuses.push(
      (await fetch(`${server.url}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers })).status,
    );
  }
  return statuses;
}

test("a caller cannot escape the bound on failed logins by claiming other addresses", async () => {
  server = await startTestServer({ auth: "token" });
  expect((await guess((index) => `10.0.0.${index}`)).at(-1)).toBe(429);
});

test("behind a trusted proxy each address has a bound of its own, and the outermost claims count for nothing", async () => {
  server = await startTestServer({ auth: "token", trustedProxies: ["127.0.0.1"] });
  expect(new Set(await guess((index) => `10.0.0.${index}`))).toEqual(new Set([401]));
  // A proxy appends the address that it sees; what stands before that is the caller's own word.
  expect((await guess((index) => `10.9.9.${index}, 10.1.1.1`)).at(-1)).toBe(429);
});

test.each(["nonsense", "10.0.0.0/33", "::1/129", "1.2.3.4/8/8", ""])("%j is no proxy", async (proxy) => {
  server = await startTestServer();
  await expect(startTestServer({ trustedProxies: [proxy] })).rejects.toThrow("must be addresses or networks");
});
