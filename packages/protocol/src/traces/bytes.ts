import { AppError } from "@flightdeck/core";

/* Bytes as text. `Uint8Array` has no such methods of its own in every runtime that this package serves. */

export function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += (HEX_DIGITS[byte >> 4] ?? "") + (HEX_DIGITS[byte & 15] ?? "");
  return hex;
}

const HEX_DIGITS = "0123456789abcdef";

export function bytesFromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) throw notBytes("hex digits", hex);
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function bytesFromBase64(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw notBytes("base64", base64, cause);
  }
}

const SHOWN_CHARS_MAX = 40; // Enough to recognise a value.

function notBytes(form: string, got: string, cause?: unknown): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `bytes must be given as ${form}, got '${got.slice(0, SHOWN_CHARS_MAX)}'`,
    { cause },
  );
}
