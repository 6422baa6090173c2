import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A package.json, as far as a build reads it. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: object;
  readonly [field: string]: unknown;
};

/** A package that is published: its folder's name, its folder, its package.json. */
export type PublicPackage = { readonly room: string; readonly folder: string; readonly manifest: Manifest };

/** The packages that have a `publishConfig`. */
export async function publicPackages(packages: string): Promise<PublicPackage[]> {
  const rooms = (await readdir(packages)).toSorted();
  const all = await Promise.all(
    rooms.map(async (room) => {
      const folder = join(packages, room);
      const text = await readFile(join(folder, "package.json"), "utf8");
      return { room, folder, manifest: JSON.parse(text) as Manifest }; // Our own file.
    }),
  );
  return all.filter(({ manifest }) => manifest.publishConfig !== undefined);
}

/** What Node a published package needs: its JavaScript is that of es2025, and the store uses `node:sqlite`. */
const ENGINES = { node: ">=24" };

/**
 * The package.json of a published package. In the checkout entries are TypeScript sources below `src`, which Node refuses below
 * `node_modules`; here they are what was compiled from them into `dist`. Entries for tests stay behind.
 */
export function publishedManifest(manifest: Manifest): object {
  const { exports = {}, private: _private, scripts: _scripts, devDependencies: _dev, ...rest } = manifest;
  const entries = Object.entries(exports).filter(([entry]) => !entry.startsWith("./testing"));
  const compiled = entries.map(([entry, source]) => {
    const stem = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
    return [entry, { types: `${stem}.d.ts`, default: `${stem}.js` }] as const;
  });
  return {
    ...rest,
    engines: ENGINES,
    exports: { ...Object.fromEntries(compiled), "./package.json": "./package.json" },
  };
}
