import { expect, it } from "vitest";
import { maskTokens } from "./mask-tokens.ts";

it.each([
  [`export DATABRICKS_TOKEN=fdpat-${"aZ0_-".repeat(8)}xyz && run`, "export DATABRICKS_TOKEN=fdpat-… && run"],
  [`curl -H 'Bearer dapi${"0123456789abcdef".repeat(2)}-2'`, "curl -H 'Bearer dapi…'"],
  ["dapi, fdpat-short and a rapids-job", "dapi, fdpat-short and a rapids-job"],
])("%s", (text, masked) => {
  expect(maskTokens(text)).toBe(masked);
});
