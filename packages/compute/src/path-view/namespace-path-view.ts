import { systemProgram } from "../process/system-program.ts";
import type { PathView, PathViewOptions } from "./path-view.ts";

/** Which namespaces a view is made of. */
export type NamespaceKinds = {
  /** For whoever may not mount: a user namespace in which they may. Ids inside are the same as outside. */
  readonly user: boolean;
  /**
   * A process namespace: the program sees its own processes alone, and when its first one ends, all end, also those that hide
   * from any search.
   */
  readonly pid: boolean;
};

/**
 * Makes a root of its own in a mount namespace: all that the machine's root has, and the places. Only root could make a place
 * in the machine's own root, and for everybody; and an overlay of it would show nothing of what is mounted below it.
 *
 * $1 is an empty folder, $2 the user and $3 the group to be inside, both "" without a user namespace, $4 whether processes
 * have a namespace, $5 the number of places; then place and folder of each; then the program.
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
# The first process of a namespace takes in orphans, and ends the namespace with itself.
"$@" || exit $?
exit 0
`;

/** A view in namespaces of Linux. Whether the system allows them shows only when they are tried. */
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
