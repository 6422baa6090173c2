import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { downloadUrl } from "./download-url.ts";
import { localPathOf } from "./local-path-of.ts";
import type { ResolvedParameter } from "./resolve-parameters.ts";

/** Fetches a file or folder by URI into an empty folder, and gives the path at which it then is. */
export type Download = (uri: string, folder: string, signal?: AbortSignal) => Promise<string>;

export type FetchPathValuesOptions = {
  /** A new folder of the run's own, for what is downloaded; asked for when there is something. */
  readonly storageFolder: () => Promise<string>;
  readonly download: Download;
  readonly signal?: AbortSignal | undefined;
};

/**
 * The values as the command gets them: those of type `path` are absolute paths on this machine, downloaded first when
 * they are URIs; all others are as they were given.
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
  // Files of the same name from two sources stay apart.
  const target = join(await options.storageFolder(), `param_${path.index}`);
  await mkdir(target, { recursive: true });
  const isWeb = /^https?:/i.test(path.value);
  return isWeb
    ? await downloadUrl(path.value, target, { signal: options.signal })
    : await options.download(path.value, target, options.signal);
}
