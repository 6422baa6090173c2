/** A place among the files of a version, as the Files API names it. */
export type ModelFiles = { readonly name: string; readonly version: string; readonly path: string };

const NUMBER = /^\d+$/;

/**
 * Reads `Models/<catalog>/<schema>/<model>/<version>/<path>`, or `Models/<model>/<version>/<path>`, and gives undefined
 * for every other checked path. A schema is no number, so a path means one version alone.
 */
export function parseModelFiles(checked: string): ModelFiles | undefined {
  const [root, ...segments] = checked.split("/");
  if (root !== "Models") return undefined;
  const levels = NUMBER.test(segments[1] ?? "") ? 1 : 3;
  const name = segments.slice(0, levels);
  const version = segments[levels] ?? "";
  if (!NUMBER.test(version) || name.some((level) => level.includes("."))) return undefined;
  return { name: name.join("."), version, path: segments.slice(levels + 1).join("/") };
}
