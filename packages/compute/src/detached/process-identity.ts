import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Names one process for good: a pid alone is given to another process sooner or later. */
export type ProcessIdentity = {
  readonly pid: number;
  /** As the system tells it: clock ticks since the boot on Linux, a date elsewhere. */
  readonly startTime: string;
  /** Changes whenever the machine starts. "" where the system has none. */
  readonly bootId: string;
};

const execFileAsync = promisify(execFile);
const BOOT_ID_FILE = "/proc/sys/kernel/random/boot_id";

/** Names a process. Undefined when none with the pid runs. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = await startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: await thisBootId() };
}

/** Whether the process runs. One that has ended and waits to be reaped does not. */
export async function isRunning({ pid, startTime, bootId }: ProcessIdentity): Promise<boolean> {
  return (await isThisBoot(bootId)) && (await startTimeOf(pid)) === startTime;
}

/** Whether the machine has not been started anew since. */
export async function isThisBoot(bootId: string): Promise<boolean> {
  return (await thisBootId()) === bootId;
}

async function thisBootId(): Promise<string> {
  const id = await readFile(BOOT_ID_FILE, "utf8").catch(() => output("sysctl", "-n", "kern.bootsessionuuid"));
  return id.trim();
}

/** proc(5): after the last `)` of stat come the state, and 19 fields later the start time. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined);
  if (stat === undefined) return process.platform === "linux" ? undefined : await startDateOf(pid);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
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
