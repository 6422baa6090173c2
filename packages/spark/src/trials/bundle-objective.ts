import { AppError, messageOf } from "@flightdeck/core";
import type { ObjectiveModule } from "@flightdeck/hyperopt";
import type { BuildFailure, Message, OnLoadResult, Plugin } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The oldest Node that executors may run; the same as for this project. */
const NODE_MIN = 24;
/** Spark copies the bundle to every executor; large data belongs elsewhere. */
const BYTES_MAX = 256 * 1024 * 1024;
/**
 * CommonJS packages call `require`, which ES modules lack. An older Node prints only the reason: the trial's error quotes
 * the last lines of output, which would be the end of a stack trace.
 */
const BANNER = `import { createRequire as flightdeckRequire } from "node:module";
const require = flightdeckRequire(import.meta.url);
if (parseInt(process.version.slice(1)) < ${NODE_MIN}) {
  console.error("trials need Node ${NODE_MIN} or newer on the executors, found " + process.version);
  process.exit(1);
}`;
const FILE_URL = /new URL\(\s*(["'])([^"'\n]+)\1\s*,\s*import\.meta\.url\s*\)/g;
const SCRIPTS = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

/**
 * Packs everything an executor needs to evaluate an objective. `main.mjs` holds the worker program, the objective's
 * module and all its imports. Beside it are the files that modules refer to by `new URL("…", import.meta.url)`, such as
 * WebAssembly, data and worker thread scripts. Throws `INVALID_PARAMETER_VALUE` if the module or one of its imports is
 * missing or is not JavaScript.
 */
export async function bundleObjective({
  module,
}: Pick<ObjectiveModule<unknown>, "module">): Promise<Uint8Array> {
  if (!module.startsWith("file:")) {
    throw new AppError("INVALID_PARAMETER_VALUE", `module ${module} must be a file to be sent to Spark`);
  }
  const path = fileURLToPath(module);
  try {
    return await new Bundle().of(path);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const message = `module ${module} does not load: ${error.errors.slice(0, 3).map(describe).join("; ")}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause: error });
  }
}

/** The files collected for a bundle so far. */
class Bundle {
  readonly #files = new Map<string, Uint8Array>();
  /** Scripts that modules refer to, by their file name in the bundle. */
  readonly #programs = new Map<string, string>();

  async of(path: string): Promise<Uint8Array> {
    const worker = fileURLToPath(new URL("./trial-worker.ts", import.meta.url));
    const contents = `import { serveObjective } from ${JSON.stringify(worker)};\nserveObjective(() => import(${JSON.stringify(path)}));`;
    await this.#build("main.mjs", { stdin: { contents, resolveDir: dirname(path), sourcefile: "main.mjs" } });
    for (const [name, program] of this.#programs) await this.#build(name, { entryPoints: [program] });
    return pack(this.#files);
  }

  async #build(name: string, entry: object): Promise<void> {
    const { build } = await import("esbuild");
    const { outputFiles } = await build({
      ...entry,
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
      target: `node${NODE_MIN}`,
      keepNames: true,
      banner: { js: BANNER },
      logLevel: "silent",
      plugins: [this.#fileUrls()],
    });
    for (const { contents } of outputFiles) this.#files.set(name, contents);
  }

  #fileUrls(): Plugin {
    return {
      name: "file-urls",
      setup: (build) => {
        build.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => await this.#load(path));
      },
    };
  }

  async #load(path: string): Promise<OnLoadResult | undefined> {
    const text = await readFile(path, "utf8");
    if (!text.includes("import.meta.url")) return undefined;
    const names = new Map<string, string>();
    for (const [, , relative = ""] of text.matchAll(FILE_URL)) {
      const url = new URL(relative, pathToFileURL(path));
      const target = url.protocol === "file:" ? fileURLToPath(url) : "";
      if (!existsSync(target)) continue;
      names.set(relative, await this.#take(target));
    }
    const contents = text.replaceAll(FILE_URL, (whole, _quote: string, relative: string) => {
      const name = names.get(relative);
      return name === undefined
        ? whole
        : `new URL(${JSON.stringify(`./${encodeURIComponent(name)}`)}, import.meta.url)`;
    });
    return { contents, loader: path.endsWith("ts") ? "ts" : "js", resolveDir: dirname(path) };
  }

  /** Adds a file that a module refers to, and returns its name in the bundle. */
  async #take(path: string): Promise<string> {
    const hash = createHash("sha256").update(path).digest("hex").slice(0, 12);
    const isScript = SCRIPTS.includes(extname(path));
    const name = isScript ? `${hash}-${basename(path, extname(path))}.mjs` : `${hash}-${basename(path)}`;
    if (isScript) this.#programs.set(name, path);
    else this.#files.set(name, await readFile(path));
    return name;
  }
}

/** Writes the format that `BundleFolder.java` reads. */
function pack(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts = [...files].flatMap(([name, content]) => {
    const bytes = Buffer.from(name);
    return [int32(bytes.length), bytes, int32(content.length), content];
  });
  const packed = Buffer.concat([int32(files.size), ...parts]);
  if (packed.length <= BYTES_MAX) return packed;
  const message = `the objective with its files must have at most ${BYTES_MAX} bytes to be sent to Spark, it has ${packed.length}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error;
}

function describe({ text, location }: Message): string {
  return location === null ? messageOf(text) : `${text} (${location.file}:${location.line})`;
}
