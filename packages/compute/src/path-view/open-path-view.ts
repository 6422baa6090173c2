import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { type NamespaceKinds, namespacePathView } from "./namespace-path-view.ts";
import type { PathView, PathViewOptions } from "./path-view.ts";
import { rewrittenPathView } from "./rewritten-path-view.ts";

/** The best first. */
const CANDIDATES: readonly NamespaceKinds[] = [
  { user: false, pid: true },
  { user: true, pid: true },
  { user: false, pid: false },
  { user: true, pid: false },
];
/** A view is made in a tenth of a second. */
const PROBE_MS_MAX = 10_000;

let usable: Promise<NamespaceKinds | undefined> | undefined;

/** A view by namespaces where the system allows them, which is tried once; else by rewriting. Throws as the latter. */
export async function openPathView(options: PathViewOptions): Promise<PathView> {
  const kinds = await usableNamespaces();
  return kinds === undefined || hidesItself(options)
    ? rewrittenPathView(options)
    : namespacePathView(options, kinds);
}

/** The namespaces that this system lets us use; undefined for none. */
export function usableNamespaces(): Promise<NamespaceKinds | undefined> {
  return (usable ??= probe());
}

/** A place that covers one of the folders would leave nothing to be seen there. */
function hidesItself({ mappings, scratch }: PathViewOptions): boolean {
  const folders = [scratch, ...mappings.map(({ real }) => real)];
  return mappings.some(({ seen }) => folders.some((folder) => `${folder}${sep}`.startsWith(`${seen}${sep}`)));
}

async function probe(): Promise<NamespaceKinds | undefined> {
  if (process.platform !== "linux") return undefined;
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-path-view-"));
  try {
    const [real, scratch] = [join(folder, "real"), join(folder, "root")];
    await mkdir(real);
    await mkdir(scratch);
    await writeFile(join(real, "file"), "");
    const options = { mappings: [{ seen: "/flightdeck-probe", real }], scratch };
    for (const kinds of CANDIDATES) if (await works(options, kinds)) return kinds;
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const execFileAsync = promisify(execFile);

/** Writes through the view, as the one who is to use it. */
async function works(options: PathViewOptions, kinds: NamespaceKinds): Promise<boolean> {
  const script = '[ -e /flightdeck-probe/file ] && [ "$(id -u)" = "$1" ] && : >/flightdeck-probe/written';
  const { command } = namespacePathView(options, kinds);
  const [program, ...args] = command(["sh", "-c", script, "sh", String(process.getuid?.())]);
  const ran = execFileAsync(program, args, { timeout: PROBE_MS_MAX, killSignal: "SIGKILL" });
  return await ran.then(
    () => true,
    () => false,
  );
}
