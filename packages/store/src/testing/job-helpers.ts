import type { JobTaskSpec } from "@flightdeck/protocol";
import type { JobOwner, JobStore, SubmitJobRunInput } from "../jobs/job-store.ts";

export const LEASE_MS = 60_000;

export const TASK_SPEC: JobTaskSpec = {
  taskKey: "main",
  task: { kind: "shell_command", command: ["true"], envVars: { A: "1" } },
  cluster: { existingClusterId: "c" },
  libraries: [{ pypi: { package: "six" } }],
  timeoutSeconds: 0,
  withoutEffect: [],
};

export function jobOwner(ownerId: string): JobOwner {
  return { ownerId, host: "here", process: { pid: 1 } };
}

/** A run with what is given in it. */
export async function submitRun(jobs: JobStore, input: Partial<SubmitJobRunInput> = {}): Promise<number> {
  return jobs.submitRun({ runName: "r", creatorUserName: "ann", spec: TASK_SPEC, ...input });
}
