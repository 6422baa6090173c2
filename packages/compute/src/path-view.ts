import { invalid } from "@flightdeck/core";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { quoteForShell, systemProgram } from "./process/programs.ts";

/** A folder that a program sees under another path. */
export type PathMapping = {
  /**
   * The path that the program sees: a single name below the root, such as `/dbfs`. Hides any such path on the machine.
   */
  readonly seen: string;
  /** The absolute path of the actual folder, which must exist. */
  readonly real: string;
};

/** Makes folders visible to a program under paths that the machine does not have. */
export type PathView = {
  /** `namespace`: the paths exist for the program. `rewritten`: only texts that contain the paths are changed. */
  readonly kind: "namespace" | "rewritten";
  /** Returns the command that runs `argv` with the view. Does not change the working directory or environment. */
  readonly command: (argv: readonly [string, ...string[]]) => readonly [string, ...string[]];
  /** Rewrites a text that may contain the paths, such as a script or a variable, for the program. */
  readonly text: (text: string) => string;
  /** Converts a path below one of the mappings to the path that the program must use. */
  readonly path: (seen: string) => string;
};

/** The folders that a program sees, and where. */
export type PathViewOptions = {
  readonly mappings: readonly PathMapping[];
  /** An empty folder that only this program uses. Must not be removed until the program has ended. */
  readonly scratch: string;
};

/** In order of preference. */
const CANDIDATES: readonly NamespaceKinds[] = [
  { user: false, pid: true },
  { user: true, pid: true },
  { user: false, pid: false },
  { user: true, pid: false },
];

/** Generous: creating a view takes about a tenth of a second. */
const PROBE_MS_MAX = 10_000;

let usable: Promise<NamespaceKinds | undefined> | undefined;

/** Which namespaces a view uses. */
export type NamespaceKinds = {
  /** A user namespace, which lets unprivileged users mount file systems. Ids are the same inside and outside. */
  readonly user: boolean;
  /**
   * A process namespace: the program sees only its own processes. When its first process ends, so do all others, even
   * those that a search by marker would miss.
   */
  readonly pid: boolean;
};

/**
 * Creates a new root in a mount namespace with everything in the machine's root, plus the mappings. The alternatives do
 * not work: only root can create paths in the machine's own root, where everyone would see them, and an overlay would
 * hide file systems mounted below the root.
 *
 * $1 is an empty folder, $2 the user and $3 the group to become, both "" without a user namespace, $4 whether to use a
 * process namespace, $5 the number of mappings; then follow each mapping's path and folder, and the program.
 */
const SCRIPT = String.raw`
set -e
program_path=$PATH PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
root=$1 user=$2 group=$3 pid=$4 count=$5 start=$PWD
shift 5
mount -t tmpfs -o size=16m,mode=755 tmpfs "$root"
while [ "$count" -gt 0 ]; do
  mkdir "$root$1"
  mount --rbind "$2" "$root$1"
  count=$((count - 1))
  shift 2
done
for entry in /* /.[!.]*; do
  place=$root$entry
  if [ -e "$place" ] || [ -L "$place" ]; then continue
  elif [ -L "$entry" ]; then ln -s "$(readlink "$entry")" "$place"
  elif [ -d "$entry" ]; then mkdir "$place" && mount --rbind "$entry" "$place"
  elif [ -e "$entry" ]; then : >"$place" && mount --bind "$entry" "$place"
  fi
done
[ "$pid" = no ] || mount -t proc proc "$root/proc"
mkdir "$root/.before"
cd "$root"
pivot_root . .before
umount -l /.before
rmdir /.before
cd "$start"
[ -z "$user" ] || set -- unshare --user --map-user="$user" --map-group="$group" -- /usr/bin/env PATH="$program_path" "$@"
[ -n "$user" ] || set -- /usr/bin/env PATH="$program_path" "$@"
[ "$pid" = yes ] || exec "$@"
# The first process of a namespace adopts orphans, and its end ends the namespace.
"$@" || exit $?
exit 0
`;

/** Opens a view with namespaces if the system allows them, which is probed once; else by rewriting, which may throw. */
export async function openPathView(options: PathViewOptions): Promise<PathView> {
  const kinds = await usableNamespaces();
  return kinds === undefined || hidesItself(options)
    ? rewrittenPathView(options)
    : namespacePathView(options, kinds);
}

/** The namespaces that this system allows; undefined if none. */
export function usableNamespaces(): Promise<NamespaceKinds | undefined> {
  return (usable ??= probe());
}

/** Whether a mapping would hide a folder that the view needs. */
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

/** Tests a view by writing through it as the current user. */
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

/** Creates a view with Linux namespaces. Does not check whether the system allows them. */
export function namespacePathView({ mappings, scratch }: PathViewOptions, kinds: NamespaceKinds): PathView {
  const { user, pid } = kinds;
  const flags = [
    "--mount",
    ...(user ? ["--user", "--map-root-user"] : []),
    ...(pid ? ["--pid", "--fork", "--kill-child"] : []),
  ];
  const ids = user ? [String(process.getuid?.()), String(process.getgid?.())] : ["", ""];
  const places = mappings.flatMap(({ seen, real }) => [seen, real]);
  const own = [scratch, ...ids, pid ? "yes" : "no", String(mappings.length), ...places];
  return {
    kind: "namespace",
    command: (argv) => [
      systemProgram("unshare"),
      ...flags,
      "--",
      systemProgram("bash"),
      "--norc",
      "-p",
      "-c",
      SCRIPT,
      "bash",
      ...own,
      ...argv,
    ],
    text: (text) => text,
    path: (path) => path,
  };
}

/**
 * For systems without mount namespaces: replaces the mapped paths in texts by the real ones. Misses paths that a
 * program composes itself. Throws `INVALID_PARAMETER_VALUE` for a folder whose path needs quoting.
 */
export function rewrittenPathView({ mappings }: Pick<PathViewOptions, "mappings">): PathView {
  mappings.forEach(requirePlain);
  const text = (given: string): string => mappings.reduce(rewrite, given);
  return { kind: "rewritten", command: (argv) => argv, text, path: text };
}

/**
 * Replaces a path only at the start of a word or after a quote, `=` or similar: `dbfs:/databricks/x` is not a local
 * path, and `/my/dbfs` is a different one.
 */
function rewrite(text: string, { seen, real }: PathMapping): string {
  return text.replaceAll(seen, (_, at: number) => {
    const [before, after] = [text.charAt(at - 1), text.charAt(at + seen.length)];
    return BEFORE_PLACE.test(before) && !IN_NAME.test(after) ? real : seen;
  });
}

/** The character before a path; empty at the start of the text. */
const BEFORE_PLACE = /^$|[\s"'`=(<>|&;,[{]/;

const IN_NAME = /[\w.-]/;

/** Inserting a path that needs quoting would change the meaning of a script. */
function requirePlain({ seen, real }: PathMapping): void {
  if (quoteForShell(real) === real) return;
  const message = `${seen} cannot stand for ${JSON.stringify(real)}: without mount namespaces its path may hold only letters, digits and @%+=:,./-_`;
  throw invalid(message);
}
