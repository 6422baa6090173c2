import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { createHostPolicy } from "./guard.ts";

describe("checkHost", () => {
  const loopback = createHostPolicy({
    boundHost: "127.0.0.1",
    allowedHosts: ["mlflow.example.com", "*.lab", "a:81"],
  });

  test.each([
    "localhost",
    "LOCALHOST:5000",
    "127.0.0.1",
    "127.0.0.1:5000",
    "127.1.2.3",
    "[::1]",
    "[::1]:5000",
    "mlflow.example.com",
    "mlflow.example.com:443",
    "x.lab:80",
    "a:81",
  ])("accepts %s", (host) => {
    expect(() => loopback.checkHost(host)).not.toThrow();
  });

  test.each([
    undefined,
    "",
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:5000",
    "mlflow.example.com.evil.example",
    "notlab",
    "192.168.1.5",
    "0.0.0.0",
    "a:82",
    "localhost@evil.example",
    "localhost evil.example",
    "localhost:5000:80",
    "[::1",
  ])("refuses %j", (host) => {
    expect(() => loopback.checkHost(host)).toThrow(
      "Invalid Host header - possible DNS rebinding attack detected",
    );
  });

  test("a server on all addresses accepts addresses and the machine's name, but no other name", () => {
    const open = createHostPolicy({ boundHost: "0.0.0.0", allowedHosts: [] });
    for (const host of ["192.168.1.5:5000", "[fd00::1]:5000", hostname()]) open.checkHost(host);
    expect(() => open.checkHost("evil.example")).toThrow("Invalid Host header");
  });

  test("'*' accepts every name", () => {
    createHostPolicy({ boundHost: "0.0.0.0", allowedHosts: ["*"] }).checkHost("any.example");
  });
});

describe("checkOrigin", () => {
  const policy = createHostPolicy({ boundHost: "127.0.0.1", allowedHosts: ["mlflow.example.com", "*"] });

  test.each([
    [undefined, "localhost:5000"],
    ["http://localhost:5000", "localhost:5000"],
    ["https://mlflow.example.com", "127.0.0.1:5000"],
  ])("accepts %s at %s", (origin, host) => {
    expect(() => policy.checkOrigin(origin, host)).not.toThrow();
  });

  test.each([
    ["http://evil.example", "localhost:5000"],
    ["http://localhost:3000", "localhost:5000"],
    ["http://127.0.0.1:5000", "localhost:5000"],
    ["null", "localhost:5000"],
    ["", "localhost:5000"],
    ["file://", ""],
    ["http://evil.example", undefined],
  ])("refuses %j at %j", (origin, host) => {
    expect(() => policy.checkOrigin(origin, host)).toThrow("Cross-origin request blocked");
  });
});
