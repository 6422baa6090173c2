import { type ChildProcess, spawn } from "node:child_process";
import { GROUP_MARKER_VARIABLE } from "./process-group.ts";

/** The group to watch, and what to do if our process dies. */
export type OrphanWatchOptions = {
  /** The group's value of `GROUP_MARKER_VARIABLE`, which only its members have. */
  readonly marker: string;
  /** Milliseconds from the first signal to SIGKILL. */
  readonly graceMs: number;
  /** Program and arguments to run after the group has ended. */
  readonly afterwards?: readonly string[] | undefined;
};

/**
 * A shell script, because the watch must outlive us at almost no cost: 1 MiB and a fork. It reads from a pipe that we
 * hold open: first the leader's pid, then a word once everything has ended normally. If the pipe closes before that, we
 * have died. $1 is the group's marker, $2 the seconds to wait after SIGINT and after SIGTERM; then follows the program
 * to run afterwards.
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
 * Ends a process group if our own process crashes or is killed with SIGKILL: SIGINT, then SIGTERM after half of the
 * grace period and SIGKILL after all of it. Create it before starting the group, so that the group is never unwatched;
 * `dispose` stops it.
 */
export class OrphanWatch {
  readonly #shell: ChildProcess;

  constructor({ marker, graceMs, afterwards = [] }: OrphanWatchOptions) {
    const seconds = Math.max(1, Math.round(graceMs / 2000));
    const args = ["-c", SCRIPT, "sh", marker, String(seconds), ...afterwards];
    // The watch must not carry the marker of an enclosing group, or ending that group would end the watch.
    const { [GROUP_MARKER_VARIABLE]: _, ...env } = process.env;
    this.#shell = spawn("sh", args, { env, stdio: ["pipe", "ignore", "ignore"], detached: true });
    this.#shell.on("error", () => undefined); // Without a shell there is no watch, but the program still runs.
    this.#shell.stdin?.on("error", () => undefined);
    this.#shell.unref();
  }

  /** Sets the leader's pid as soon as it is known. Until then members are found only by the marker. */
  begin(leaderPid: number): void {
    this.#shell.stdin?.write(`${leaderPid}\n`);
  }

  dispose(): void {
    this.#shell.stdin?.end("done\n");
  }
}
