import { readdirSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** What this machine has for the tasks of jobs. */
export type Machine = { readonly cores: number; readonly memoryMb: number; readonly gpus: number };

const BYTES_PER_MB = 1_048_576;

/** Cores and memory are what this process may use of them: a container's bounds count. */
export function thisMachine(): Machine {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return { cores: availableParallelism(), memoryMb: Math.floor(bytes / BYTES_PER_MB), gpus: countGpus() };
}

/** NVIDIA's driver makes a device for each, `/dev/nvidia0` and so on. */
function countGpus(): number {
  try {
    return readdirSync("/dev").filter((name) => /^nvidia\d+$/.test(name)).length;
  } catch {
    return 0; // No such folder on this system.
  }
}

/** `2 cores, 7.8 GB of memory, no GPU`. */
export function describeMachine({ cores, memoryMb, gpus }: Machine): string {
  const memory = (memoryMb / 1024).toFixed(1);
  return `${counted(cores, "core")}, ${memory} GB of memory, ${gpus === 0 ? "no GPU" : counted(gpus, "GPU")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
