import { expect } from "vitest";
import type { BrowserContext, Page } from "playwright-core";

/** What a visit must not show: errors in the console, and requests to anywhere but the page's own server. */
export type PageGuard = {
  /** Errors that the test itself brings about, such as a refused filter. */
  expectError(pattern: RegExp): void;
  /** Fails for what was seen and not expected; then starts afresh. */
  check(): void;
};

/** Watches every page of a context from its first request on. */
export function guardPages(context: BrowserContext, origin: string): PageGuard {
  const errors: string[] = [];
  const foreign: string[] = [];
  let expected: RegExp[] = [];
  context.on("page", (page: Page) => {
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(`${message.text()} ${message.location().url}`);
    });
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== origin) foreign.push(request.url());
  });
  return {
    expectError: (pattern) => expected.push(pattern),
    check: () => {
      const patterns = expected;
      const surprises = errors.filter((error) => !patterns.some((pattern) => pattern.test(error)));
      const seen = { surprises, foreign: foreign.splice(0) };
      errors.length = 0;
      expected = [];
      expect(seen).toEqual({ surprises: [], foreign: [] });
    },
  };
}
