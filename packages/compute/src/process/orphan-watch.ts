import { type ChildProcess, spawn } from "node:child_process";
import { GROUP_MARKER_VARIABLE } from "./process-group.ts";

/** What is watched, and what is done when we are gone. */
export type OrphanWatchOptions = {
  /** Of the group that will be started: a value of `GROUP_MARKER_VARIABLE` that only its members have. */
  readonly marker: string;
  /** Milliseconds from the polite signal to SIGKILL. */
  readonly graceMs: number;
  /** Program and arguments to run when the group has ended. */
  readonly afterwards?: readonly string[] | undefined;
};

/**
 * The watch in the shell that every POSIX system has, since it must outlive us at next to no cost: 1 MiB and a fork. It
 * reads from a pipe whose other end we hold: the leader's pid, then a word when all is well. The end of the pipe means
 * that we died. $1 is the group's marker, $2 the seconds for each polite signal; the program to run afterwards follows.
 */
const SCRIPT = `
IFS= read -r leader && { [ "$leader" = done ] || IFS= read -r word; } && exit 0
marker=$1 seconds=$2
shift 2
strays() { grep -lsF "$marker" /proc/[0-9]*/environ 2>/dev/null | sed 's/[^0-9]//g'; }
send() {
  kill -s "$1" -- "-$leader" 2>/dev/null
  for pid in $(strays); do kill -s "$1" "$pid" 2>/dev/null; done
}
alive() { kill -s 0 -- "-$leader" 2>/dev/null || [ -n "$(strays)" ]; }
for signal in INT TERM; do
  send "$signal"
  left=$seconds
  while alive && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
done
send KILL
left=$((seconds * 10))
while alive && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
[ $# -eq 0 ] || exec "$@"
`;

/**
 * Ends a group when our own process is killed with SIGKILL, or crashes, and nobody else could: SIGINT, SIGTERM after half
 * of the grace, SIGKILL after all of it. Made before the group is started, so that there is no moment without a watch;
 * `dispose` ends it.
 */
export class OrphanWatch {
  private readonly shell: ChildProcess;

  constructor({ marker, graceMs, afterwards = [] }: OrphanWatchOptions) {
    const seconds = Math.max(1, Math.round(graceMs / 2000));
    const args = ["-c", SCRIPT, "sh", marker, String(seconds), ...afterwards];
    // Without the marker, enclosing groups that are ended do not end their watch.
    const { [GROUP_MARKER_VARIABLE]: _, ...env } = process.env;
    this.shell = spawn("sh", args, { env, stdio: ["pipe", "ignore", "ignore"], detached: true });
    this.shell.on("error", () => undefined); // No shell, no watch: the work itself goes on.
    this.shell.stdin?.on("error", () => undefined);
    this.shell.unref();
  }

  /** Tells the leader as soon as it is known; until then members are found by the marker alone. */
  begin(leaderPid: number): void {
    this.shell.stdin?.write(`${leaderPid}\n`);
  }

  dispose(): void {
    this.shell.stdin?.end("done\n");
  }
}
