import { AppError } from "@flightdeck/core";
import { narrowToOwner } from "@flightdeck/store";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/** As long as the hash that it keys. */
const KEY_BYTES = 32;
/** Only the owner may sign. */
const KEY_MODE = 0o600;

/** The key that signs URLs, made at the first start. A file that is no such key throws `INVALID_STATE`. */
export function loadSigningKey(file: string): Buffer {
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { mode: KEY_MODE, flag: "wx", flush: true });
  } catch {
    narrowToOwner(file); // It is there already; or it cannot be made, which reading it tells.
  }
  const key = readFileSync(file);
  if (key.byteLength === KEY_BYTES) return key;
  const message = `the signing key '${file}' has ${key.byteLength} bytes instead of ${KEY_BYTES}; delete it to get a new one`;
  throw new AppError("INVALID_STATE", message);
}
