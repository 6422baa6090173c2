import { runProcess, type ProcessExit } from "@flightdeck/compute";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCommand } from "../command/build-command.ts";
import { processEnvironment } from "../environment/process-environment.ts";
import { fetchPathValues } from "../parameters/fetch-path-values.ts";
import type { ProjectBackend, ProjectJob } from "./project-backend.ts";

/**
 * A command of several steps ends at an interrupt. Without this, bash goes on with the next step when the one that was
 * interrupted cleaned up and exited by itself.
 */
const STOP_ON_INTERRUPT = "trap 'exit 130' INT\n";

/** Runs the command with bash in the project's folder, as MLflow does. */
export const localBackend: ProjectBackend = {
  name: "local",
  async launch(job) {
    const parent = job.storageDir ?? tmpdir();
    await mkdir(parent, { recursive: true });
    const storageFolder = await mkdtemp(join(parent, "flightdeck-run-"));
    try {
      return await runCommand(job, storageFolder);
    } finally {
      if (job.storageDir === undefined) await rm(storageFolder, { recursive: true, force: true });
    }
  },
};

async function runCommand(job: ProjectJob, storageFolder: string): Promise<ProcessExit> {
  const { control, download, parameters, run } = job;
  const { onStart, onOrphaned, inheritStdin, inheritStdout, ...cancelAndOutput } = control;
  const fetching = { storageFolder, download, signal: control.signal };
  const declared = await fetchPathValues(parameters.declared, fetching);
  const command = buildCommand(job.entryPoint, { declared, extra: parameters.extra });
  onStart?.({ runId: run.runId, experimentId: run.experimentId, command });
  return await runProcess({
    ...cancelAndOutput,
    onOrphaned: onOrphaned?.(run.runId),
    argv: ["bash", "-c", STOP_ON_INTERRUPT + command],
    cwd: job.project.folder,
    env: processEnvironment(run, job.env),
    stdin: inheritStdin ? "inherit" : "ignore",
    stdout: inheritStdout ? "inherit" : "pipe",
  });
}
