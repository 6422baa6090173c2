import { codeOf } from "@flightdeck/core";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Identifies one process permanently; pids alone are reused. */
export type ProcessIdentity = {
  readonly pid: number;
  /** In the system's own format: clock ticks since boot on Linux, a date elsewhere. */
  readonly startTime: string;
  /** Changes with every boot; "" on systems that have none. */
  readonly bootId: string;
};

const execFileAsync = promisify(execFile);
const BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id";

/** Identifies a running process; undefined if no process has the pid. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = await startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: await thisBootId() };
}

/** Whether the process is running. Zombies are not. Throws if the system cannot tell. */
export async function isRunning({ pid, startTime, bootId }: ProcessIdentity): Promise<boolean> {
  return (await isThisBoot(bootId)) && (await startTimeOf(pid)) === startTime;
}

/** Whether the machine is still in the same boot. */
export async function isThisBoot(bootId: string): Promise<boolean> {
  return (await thisBootId()) === bootId;
}

async function thisBootId(): Promise<string> {
  const id = await readUnlessAbsent(BOOT_ID_FILE);
  return (id ?? (await output("sysctl", "-n", "kern.bootsessionuuid"))).trim();
}

/** proc(5): in stat, the state follows the last `)`, and the start time is 19 fields later. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readUnlessAbsent(`/proc/${pid}/stat`);
  if (stat === undefined) return process.platform === "linux" ? undefined : await startDateOf(pid);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

/**
 * Reads a file; undefined if there is none. Throws if it could not be opened for any other reason, such as too many
 * open files.
 */
export async function readUnlessAbsent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "latin1");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ESRCH" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function startDateOf(pid: number): Promise<string | undefined> {
  const date = (await output("ps", "-o", "lstart=", "-p", String(pid))).trim();
  return date === "" ? undefined : date;
}

async function output(program: string, ...args: readonly string[]): Promise<string> {
  const ran = await execFileAsync(program, args, { env: { ...process.env, LC_ALL: "C" } }).catch(
    () => undefined,
  );
  return ran?.stdout ?? "";
}
