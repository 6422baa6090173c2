import { AppError, invalid, messageOf, newId } from "@flightdeck/core";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { GROUP_MARKER_VARIABLE } from "../process/process-group.ts";
import { systemProgram } from "../process/programs.ts";
import { type DetachedProcess, findDetached } from "./detached-process.ts";

/** The program to start, and where to store its output and exit code. */
export type StartDetachedOptions = {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** An existing, empty folder that only this process uses, for its output and exit code. */
  readonly folder: string;
  /** How much to keep of each of stdout and stderr. The rest is replaced by a line that says so. */
  readonly outputBytesMax: number;
};

/**
 * The supervisor of a detached program: stores its output, waits for it and records how it ended. It is a shell script because
 * it must outlive us at almost no cost. It is not in the program's process group, so it also survives signals to the group.
 *
 * $1 is its folder, $2 the group's marker, $3 the marker's variable, $4 how many bytes of each output to keep; the program and
 * its arguments follow. It prints one line once the file `process`, which identifies it, exists.
 *
 * `dd` writes what it reads immediately, while `head -c` would buffer it. One `dd` reads at most 64 times 64 KiB, so output is
 * cut at most 4 MiB late. A fast writer fills these reads, so few `dd` processes are needed.
 */
const SUPERVISOR_SCRIPT: string = String.raw`
folder=$1 marker=$2 variable=$3 bytes_max=$4
shift 4
# PATH is meant for the program; the supervisor's own tools come from the system.
program_path=$PATH PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
program_umask=$(umask)
umask 077

if read -r stat 2>/dev/null <"/proc/$$/stat"; then
  fields=( ${"$"}{stat##*") "} )
  start_time=${"$"}{fields[19]} boot_id=$(cat /proc/sys/kernel/random/boot_id)
else
  start_time=$(LC_ALL=C ps -o lstart= -p $$ | sed 's/^ *//; s/ *$//') boot_id=$(sysctl -n kern.bootsessionuuid)
fi
write() { printf '%s\n' "$2" >"$folder/$1.partial" && mv "$folder/$1.partial" "$folder/$1"; }
write process "{\"pid\":$$,\"startTime\":\"$start_time\",\"bootId\":\"$boot_id\",\"marker\":\"$marker\"}"
echo ready
exec >/dev/null

keep() {
  local file=$folder/$1 before=-1 now=0
  : >"$file"
  while [ "$now" -lt "$bytes_max" ]; do
    [ "$now" -eq "$before" ] && return
    before=$now
    dd bs=65536 count=64 >>"$file" 2>/dev/null
    now=$(($(wc -c <"$file")))
  done
  printf '\n[flightdeck: cut here, at more than %s bytes]\n' "$bytes_max" >>"$file"
  exec cat >/dev/null
}
mkfifo "$folder/stdout.pipe" "$folder/stderr.pipe"
keep stdout <"$folder/stdout.pipe" & keepers=$!
keep stderr <"$folder/stderr.pipe" & keepers="$keepers $!"

# set -m gives the program its own process group. The OOM killer should prefer it to the process that started it.
set -m
PATH=$program_path /usr/bin/env "$variable=$marker" /bin/sh -c '
  (echo 500 >/proc/self/oom_score_adj) 2>/dev/null
  folder=$1 program_umask=$2
  shift 2
  echo $$ >"$folder/leader"
  [ ! -e "$folder/cancelled" ] || exit 143
  umask "$program_umask"
  exec "$@"
' sh "$folder" "$program_umask" "$@" </dev/null >"$folder/stdout.pipe" 2>"$folder/stderr.pipe" &
leader=$!
set +m
wait "$leader"
code=$?
rm -f "$folder/leader"

strays() { grep -lsF "$variable=$marker" /proc/[0-9]*/environ 2>/dev/null | sed 's/[^0-9]//g'; }
alive() { kill -s 0 -- "-$leader" 2>/dev/null || [ -n "$(strays)" ]; }
send() { kill -s "$1" -- "-$leader" 2>/dev/null; for pid in $(strays); do kill -s "$1" "$pid" 2>/dev/null; done; }
left=20
while alive && [ "$left" -gt 0 ]; do
  [ "$left" -eq 20 ] && send TERM
  sleep 0.1
  left=$((left - 1))
done
alive && send KILL

# A process that escaped may keep the pipes open: do not wait for it.
for keeper in $keepers; do
  left=10
  while kill -s 0 "$keeper" 2>/dev/null && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
  kill -s KILL "$keeper" 2>/dev/null
done
rm -f "$folder/stdout.pipe" "$folder/stderr.pipe"
write exit "$code"
`;

/**
 * Starts a program in a new session and process group, so that it keeps running when our process ends. When it exits, all
 * processes that it left running are ended too. A missing program is not an error: it exits with 127, as in a shell.
 */
export async function startDetached(options: StartDetachedOptions): Promise<DetachedProcess> {
  const { argv, cwd, env, outputBytesMax } = options;
  const folder = resolve(options.folder);
  await requireFolder(cwd);
  const own = [folder, newId(), GROUP_MARKER_VARIABLE, String(outputBytesMax)];
  const child = spawnSupervisor([...own, ...argv], { cwd, env: { ...env } });
  const started = await firstLineOf(child).then(() => findDetached(folder));
  child.unref();
  if (started !== undefined) return started;
  throw new AppError(
    "IO_ERROR",
    `no process could be started in ${folder}: the folder is not writable, or bash is missing`,
  );
}

function spawnSupervisor(
  args: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): ChildProcess {
  // Reads neither the user's startup files nor files named in the program's environment, such as BASH_ENV.
  const shell = ["--norc", "-p", "-c", SUPERVISOR_SCRIPT, "bash"];
  try {
    return spawn(systemProgram("bash"), [...shell, ...args], {
      ...place,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
  } catch (cause) {
    // Node throws if the system rejects the arguments; it reports all other errors as events.
    const message = `the command, or its environment, cannot be passed to a program: ${messageOf(cause)}`;
    throw invalid(message, { cause });
  }
}

/** Also resolves if the output ends without a line. */
async function firstLineOf(child: ChildProcess): Promise<void> {
  const { stdout } = child;
  if (stdout === null) return;
  child.once("error", () => stdout.destroy()); // The spawn failed.
  stdout.resume();
  await Promise.race([once(stdout, "data"), once(stdout, "close")]);
  stdout.destroy();
}

async function requireFolder(cwd: string): Promise<void> {
  const stats = await stat(cwd).catch(() => undefined);
  if (stats?.isDirectory()) return;
  throw invalid(`working directory "${cwd}" does not exist or is not a folder`);
}
