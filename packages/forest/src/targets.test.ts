import { Frame } from "@flightdeck/frame";
import { expect, test } from "vitest";
import { encodeLabels } from "./targets.ts";

function encode(cells: readonly unknown[]): ReturnType<typeof encodeLabels> {
  return encodeLabels(Frame.fromRows({ columns: ["y"], data: cells.map((cell) => [cell]) }).column("y"));
}

test("numbers, booleans and text become ascending classes", () => {
  expect(encode([10, 9, 10, -1])).toEqual({ classes: [-1, 9, 10], codes: Uint8Array.of(2, 1, 2, 0) });
  expect(encode([true, false])).toEqual({ classes: [false, true], codes: Uint8Array.of(1, 0) });
  expect(encode(["late", "early"])).toEqual({ classes: ["early", "late"], codes: Uint8Array.of(1, 0) });
});

test("an invalid label is refused with its row", () => {
  expect(() => encode([1, null])).toThrow('label column "y" must not be missing, it is in row 1');
  expect(() => encode([1, 0.5])).toThrow(
    'label column "y" must hold integers, booleans or text, got 0.5 in row 1',
  );
  expect(() => encode([1, 1])).toThrow('label column "y" must have at least two classes, got 1');
  expect(() => encode(Array.from({ length: 257 }, (_, i) => i))).toThrow("must have at most 256 classes");
});
