import { expect, test } from "vitest";
import { DEFAULT_RETRY_POLICY } from "../rest/retry.ts";
import { RestClient } from "../rest/rest-client.ts";
import { type Answer, answeringServer, type AnsweringServer } from "../testing/answering-server.ts";
import { endpoints } from "@flightdeck/protocol";
import { MachineLogin } from "./machine-login.ts";

const retry = { ...DEFAULT_RETRY_POLICY, delayBaseMs: 1, attemptsMax: 3 };

function tokenAnswer(token: string, lifetimeS: number): Answer {
  const body = { access_token: token, token_type: "Bearer", expires_in: lifetimeS };
  return { status: 200, body: JSON.stringify(body) };
}

function discovery(endpoint: string): Answer {
  return { status: 200, body: JSON.stringify({ authorization_endpoint: "x", token_endpoint: endpoint }) };
}

/** The discovery document points to this server for tokens; other requests go over the network. */
function loginAt(
  tokens: AnsweringServer,
  clock = { nowMs: () => 0 },
): { readonly login: MachineLogin; readonly asked: AnsweringServer["seen"] } {
  const fetchBoth: typeof fetch = (input, init) =>
    typeof input === "string" && input.endsWith("oauth-authorization-server")
      ? Promise.resolve(new Response(discovery(`${tokens.url}/oidc/v1/token`).body))
      : fetch(input, init);
  const login = new MachineLogin({
    host: tokens.url,
    clientId: "me@example.com",
    clientSecret: "s:1",
    fetch: fetchBoth,
    retry,
    clock,
  });
  return { login, asked: tokens.seen };
}

test("requests a token by client credentials, caches it, and renews it before it expires", async () => {
  let nowMs = 0;
  const tokens = await answeringServer(tokenAnswer("a", 3600), tokenAnswer("b", 3600));
  const { login, asked } = loginAt(tokens, { nowMs: () => nowMs });
  expect(await Promise.all([login.authorization(), login.authorization()])).toEqual(["Bearer a", "Bearer a"]);
  nowMs = 3_479_000;
  expect(await login.authorization()).toBe("Bearer a");
  nowMs = 3_480_000;
  expect(await login.authorization()).toBe("Bearer b");
  expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual(
    Array.from({ length: 2 }, () => [
      "POST",
      "/oidc/v1/token",
      "grant_type=client_credentials&scope=all-apis",
    ]),
  );
  expect(asked[0]?.headers.authorization).toBe(`Basic ${btoa("me%40example.com:s%3A1")}`);
});

test("a short-lived token is cached for half of its lifetime", async () => {
  let nowMs = 0;
  const tokens = await answeringServer(tokenAnswer("a", 60), tokenAnswer("b", 60));
  const { login } = loginAt(tokens, { nowMs: () => nowMs });
  await login.authorization();
  nowMs = 29_000;
  expect(await login.authorization()).toBe("Bearer a");
  nowMs = 30_000;
  expect(await login.authorization()).toBe("Bearer b");
});

test("retries a temporary failure; throws a permanent one, and the next call asks again", async () => {
  const passing = loginAt(await answeringServer({ status: 503 }, {}, tokenAnswer("a", 3600)));
  expect(await passing.login.authorization()).toBe("Bearer a");
  const refusal = { error: "invalid_client", error_description: "no such client" };
  const { login } = loginAt(
    await answeringServer({ status: 401, body: JSON.stringify(refusal) }, tokenAnswer("a", 3600)),
  );
  await expect(login.authorization()).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    message: expect.stringMatching(/did not return an OAuth token \(HTTP 401\): no such client$/),
  });
  expect(await login.authorization()).toBe("Bearer a");
});

test("a caller that stops waiting does not stop the others", async () => {
  const { login } = loginAt(await answeringServer(tokenAnswer("a", 3600)));
  const stop = new AbortController();
  const [stopped, other] = [login.authorization(stop.signal), login.authorization()];
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await other).toBe("Bearer a");
});

test.each([
  ["http://127.0.0.1:1/oidc/v1/token", "without https; the client secret is not sent to it"],
  ["not a url", "it has no token_endpoint"],
])("the secret does not go to %s", async (endpoint, message) => {
  const { url, seen } = await answeringServer(discovery(endpoint));
  const login = new MachineLogin({ host: url, clientId: "c", clientSecret: "s", retry });
  await expect(login.authorization()).rejects.toThrow(message);
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test("reports that a workspace has no OAuth", async () => {
  const { url } = await answeringServer({ status: 404 });
  const login = new MachineLogin({ host: url, clientId: "c", clientSecret: "s", retry });
  await expect(login.authorization()).rejects.toMatchObject({ code: "ENDPOINT_NOT_FOUND" });
});

test("a client gets the header before every call, and sends it only to its own server", async () => {
  const own = await answeringServer({ status: 200, body: '{"experiments":[]}' });
  const other = await answeringServer({ status: 200 });
  let count = 0;
  const authorize = (): Promise<string> => Promise.resolve(`Bearer ${(count += 1)}`);
  const client = new RestClient({ trackingUri: own.url, authorize });
  await client.call(endpoints.searchExperiments, {});
  await client.call(endpoints.searchExperiments, {});
  await client.serverFetch(`${own.url}/bytes`);
  await client.serverFetch(`${other.url}/bytes`);
  expect(own.seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer 1", "Bearer 2", "Bearer 3"]);
  expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});
