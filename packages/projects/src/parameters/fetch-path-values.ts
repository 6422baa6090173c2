import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { downloadUrl } from "./download-url.ts";
import { localPathOf, type ResolvedParameter } from "./resolve-parameters.ts";

/** Downloads a file or folder by URI into an empty folder. Returns its local path. */
export type Download = (uri: string, folder: string, signal?: AbortSignal) => Promise<string>;

export type FetchPathValuesOptions = {
  /** Returns the run's download folder. Called only if something must be downloaded. */
  readonly storageFolder: () => Promise<string>;
  readonly download: Download;
  readonly signal?: AbortSignal | undefined;
};

/**
 * The values to put into the command: those of type `path` become absolute local paths, downloaded first if they are URIs;
 * all others are unchanged.
 */
export async function fetchPathValues(
  parameters: readonly ResolvedParameter[],
  options: FetchPathValuesOptions,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [index, { parameter, value, folder }] of parameters.entries()) {
    const isPath = parameter.type === "path";
    values.set(parameter.name, isPath ? await fetchPath({ index, value, folder }, options) : value);
  }
  return values;
}

async function fetchPath(
  path: { readonly index: number; readonly value: string; readonly folder: string },
  options: FetchPathValuesOptions,
): Promise<string> {
  const local = localPathOf(path.value);
  if (local !== undefined) return resolve(path.folder, local);
  // Keeps files of the same name from different sources apart.
  const target = join(await options.storageFolder(), `param_${path.index}`);
  await mkdir(target, { recursive: true });
  const isWeb = /^https?:/i.test(path.value);
  return isWeb
    ? await downloadUrl(path.value, target, { signal: options.signal })
    : await options.download(path.value, target, options.signal);
}
