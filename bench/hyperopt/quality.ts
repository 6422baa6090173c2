import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { anneal, auto, fmin, gp, hp, rand, tpe, Trials, type Algorithm } from "@flightdeck/hyperopt";

/* The counterpart of rivals.py for our algorithms, on the same tasks. */

/** A parameter in tasks.py's format. */
export type TaskParameter = {
  readonly label: string;
  readonly kind: "uniform" | "int" | "choice";
  readonly low: number;
  readonly high: number;
  readonly options: readonly unknown[];
  readonly when?: readonly [label: string, option: number] | null;
};

export const SEARCHERS: Readonly<Record<string, Algorithm>> = {
  auto: auto.suggest,
  gp: gp.suggest,
  tpe: tpe.suggest,
  anneal: anneal.suggest,
  rand: rand.suggest,
};

/** Runs tasks.py as a process that answers line by line. */
export class TaskServer {
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string) {
    const script = fileURLToPath(new URL("tasks.py", import.meta.url));
    this.#child = spawn(python, ["-W", "ignore", script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Sends a question and returns its answer. */
  async ask(question: unknown): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(value as string) as unknown; // tasks.py answers every line.
  }

  close(): void {
    this.#child.stdin.end();
  }
}

/** Runs one search and returns its losses in order. */
export async function search(
  server: TaskServer,
  { task, searcher, seed, evals }: { task: string; searcher: string; seed: number; evals: number },
): Promise<number[]> {
  const parameters = (await server.ask({ describe: task })) as readonly TaskParameter[]; // From tasks.py.
  const losses: number[] = [];
  await fmin({
    space: spaceOf(parameters, null),
    algo: SEARCHERS[searcher],
    maxEvals: evals,
    seed,
    trials: new Trials(),
    fn: async (point) => {
      const values = Object.fromEntries(valuesOf(point));
      const loss = (await server.ask({ task, values })) as number;
      losses.push(loss);
      return loss;
    },
  });
  return losses;
}

function spaceOf(parameters: readonly TaskParameter[], when: TaskParameter["when"]): Record<string, unknown> {
  const own = parameters.filter((p) => JSON.stringify(p.when ?? null) === JSON.stringify(when));
  return Object.fromEntries(own.map((p) => [p.label, nodeOf(p, parameters)]));
}

function nodeOf(p: TaskParameter, parameters: readonly TaskParameter[]): unknown {
  if (p.kind === "uniform") return hp.uniform(p.label, p.low, p.high);
  if (p.kind === "int") return hp.uniformint(p.label, p.low, p.high);
  const branches = p.options.map((_, index) => ({ index, ...spaceOf(parameters, [p.label, index]) }));
  return hp.choice(p.label, branches);
}

function* valuesOf(point: Record<string, unknown>): Generator<[string, number]> {
  for (const [label, value] of Object.entries(point)) {
    if (label === "index") continue;
    if (typeof value === "number") yield [label, value];
    else {
      const branch = value as Record<string, unknown> & { index: number }; // Created by nodeOf.
      yield [label, branch.index];
      yield* valuesOf(branch);
    }
  }
}
