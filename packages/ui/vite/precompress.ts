import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const brotli = promisify(brotliCompress);
const gz = promisify(gzip);

/** Below one network packet compression saves nothing. */
const COMPRESSED_BYTES_MIN = 1400;
const TEXT_FILE = /\.(?:js|css|html|svg)$/;

/** Writes `.br` and `.gz` beside every text file of the bundle, so that the server never compresses while it serves. */
export function precompress(): Plugin {
  return {
    name: "flightdeck:precompress",
    apply: "build",
    async writeBundle(options) {
      const folder = options.dir ?? "dist";
      const entries = await readdir(folder, { recursive: true });
      await Promise.all(
        entries.filter((path) => TEXT_FILE.test(path)).map((path) => compressFile(join(folder, path))),
      );
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < COMPRESSED_BYTES_MIN) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const [br, gzipped] = await Promise.all([
    brotli(bytes, quality),
    gz(bytes, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gzipped)]);
}
