import type { JobRun } from "@flightdeck/protocol";
import type { JobOutput } from "./job-output.ts";

/** A run as a page that stands by itself: what ran, how it ended, and what it wrote. It has no script in it. */
export function exportRun(run: JobRun, output: JobOutput): { content: string; name: string; type: string } {
  const { runName, runId, spec, state } = run;
  const title = escaped(`${runName} (run ${runId})`);
  const result = state.resultState ?? state.lifeCycleState;
  const content = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<h1>${title}</h1>
<p>${escaped(`${result} ${state.stateMessage}`)}</p>
<h2>Task</h2>
<pre>${escaped(commandOf(spec.task))}</pre>
<h2>Output</h2>
<pre>${escaped(output.logs)}</pre>
</body>
</html>
`;
  return { content, name: runName, type: "NOTEBOOK" };
}

function commandOf(task: JobRun["spec"]["task"]): string {
  return task.kind === "shell_command"
    ? task.command.join(" ")
    : [task.pythonFile, ...task.parameters].join(" ");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}
