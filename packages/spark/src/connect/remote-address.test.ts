import { describe, expect, test } from "vitest";
import { parseRemote } from "./remote-address.ts";

describe("the address of a Spark Connect server", () => {
  test("a host alone has Spark's port, and no encryption", () => {
    expect(parseRemote("sc://spark.example")).toMatchObject({
      host: "spark.example",
      port: 15_002,
      useSsl: false,
      token: undefined,
      shown: "sc://spark.example:15002",
    });
  });

  test("parameters are percent-decoded", () => {
    const remote = "sc://h:443/;use_ssl=true;token=a%3Bb%3Dc;user_id=ada;user_agent=x;session_id=y";
    expect(parseRemote(remote)).toMatchObject({
      port: 443,
      useSsl: true,
      token: "a;b=c",
      userId: "ada",
      shown: "sc://h:443",
    });
  });

  test("a token goes over TLS, or stays on this machine", () => {
    expect(parseRemote("sc://h/;token=t").useSsl).toBe(true);
    for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
      expect(parseRemote(`sc://${host}/;token=t`).useSsl).toBe(false);
    }
    expect(() => parseRemote("sc://h/;token=t;use_ssl=false")).toThrow(/sends a token unencrypted/);
    expect(() => parseRemote("sc://127.0.0.1.example/;token=t;use_ssl=false")).toThrow(/unencrypted/);
  });

  test.each([
    ["spark://h:7077", /must be sc:\/\/HOST:PORT.*got "spark:\/\/h:7077"/],
    ["sc://h:99999", /must be sc:/],
    ["sc://h/path", /must be sc:/],
    ["sc://u:p@h", /must be sc:/],
    ["sc://h/;tokn=secret", /parameter "tokn"/],
    ["sc://h/;token=", /needs a value for its parameter token/],
    ["sc://h/;use_ssl=yes", /use_ssl=true or use_ssl=false, got "yes"/],
    ["sc://h/;token=%", /percent-encoded/],
  ])("%s is refused", (remote, message) => {
    expect(() => parseRemote(remote)).toThrow(message);
  });

  test("a message never holds the token", () => {
    expect(() => parseRemote("sc://h:0/;token=secret")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});
