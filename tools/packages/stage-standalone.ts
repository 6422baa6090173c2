import { assert } from "@flightdeck/core";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest, PublicPackage } from "./manifest.ts";

/** What the command is called when all of it is in one tarball. */
const NAME = "flightdeck";

export type StandaloneOptions = {
  /** The folder of the staged packages. */
  readonly from: string;
  readonly out: string;
};

/**
 * Stages the command with our other packages inside, so that one tarball installs it without any of them being published. What
 * they need from others comes from the registry as ever, and so is named by the command alone: npm takes what a bundled package
 * names for bundled as well, and leaves an empty folder.
 */
export async function stageStandalone(
  packages: readonly PublicPackage[],
  { from, out }: StandaloneOptions,
): Promise<string> {
  const command = packages.find(({ manifest }) => "bin" in manifest);
  assert(command !== undefined, "one of our packages is the command");
  await cp(join(from, command.room), out, { recursive: true });
  const inside = packages.filter((each) => each !== command);
  for (const { room, manifest } of inside) {
    const folder = join(out, "node_modules", manifest.name);
    await cp(join(from, room), folder, { recursive: true });
    await changeManifest(folder, (manifest) => ({ ...manifest, dependencies: {} }));
  }
  const ours = Object.fromEntries(inside.map(({ manifest }) => [manifest.name, manifest.version]));
  const theirs = packages.flatMap(({ manifest }) =>
    Object.entries(manifest.dependencies ?? {}).filter(([name]) => ours[name] === undefined),
  );
  await changeManifest(out, (manifest) => ({
    ...manifest,
    name: NAME,
    private: true, // The name on npm is somebody else's.
    dependencies: { ...ours, ...Object.fromEntries(theirs) },
    bundleDependencies: Object.keys(ours),
  }));
  return out;
}

async function changeManifest(folder: string, change: (manifest: Manifest) => object): Promise<void> {
  const file = join(folder, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8")) as Manifest; // Staged by us.
  await writeFile(file, `${JSON.stringify(change(manifest), undefined, 2)}\n`);
}
