import { readFileSync } from "node:fs";

/** This program's own peak resident memory in MiB; `resourceUsage` also counts its parent process. */
export function peakMib(): number {
  const kib = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kib ?? Number.NaN) / 1024;
}
