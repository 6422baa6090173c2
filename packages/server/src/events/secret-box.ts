import { AppError, codeOf } from "@flightdeck/core";
import { narrowToOwner } from "@flightdeck/store";
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";

/** Encrypts and decrypts secrets. */
export type SecretBox = {
  seal(secret: string): Promise<string>;
  /** Throws `INVALID_STATE` for a secret that was sealed with another key, or changed. */
  open(sealed: string): Promise<string>;
};

/**
 * Seals secrets with AES-256-GCM before they are stored. The key is derived from `secretKey` or, without one, from
 * `keyFile`, which is created when it is first needed and which only its owner can read.
 */
export function createSecretBox(options: {
  readonly keyFile: string;
  readonly secretKey?: string | undefined;
}): SecretBox {
  const { keyFile, secretKey } = options;
  narrowToOwner(keyFile);
  let key: Promise<Buffer> | undefined;
  const getKey = (): Promise<Buffer> => {
    key ??= (secretKey === undefined ? readOrMakeKey(keyFile) : Promise.resolve(secretKey)).then(derive);
    return key;
  };
  return {
    seal: async (secret) => seal(await getKey(), secret),
    open: async (sealed) => unseal(await getKey(), sealed),
  };
}

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12; // NIST SP 800-38D: random nonces of 96 bits suffice for 2^32 messages.
const TAG_BYTES = 16;
const VERSION = "v1.";

function derive(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", "flightdeck webhook secrets", KEY_BYTES));
}

function seal(key: Buffer, secret: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const text = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return VERSION + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url");
}

function unseal(key: Buffer, sealed: string): string {
  const bytes = Buffer.from(sealed.slice(VERSION.length), "base64url");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return text.toString("utf8");
  } catch (error) {
    const message =
      "the webhook's secret was sealed with another key; give all servers of one database the same webhook secret key, or set the secret again";
    throw new AppError("INVALID_STATE", message, { cause: error });
  }
}

async function readOrMakeKey(file: string): Promise<string> {
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      const key = randomBytes(KEY_BYTES).toString("base64");
      await handle.writeFile(key);
      await handle.sync(); // A secret must not outlive its key.
      return key;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    return (await readFile(file, "utf8")).trim();
  }
}
