import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const sources = ["packages", "examples", "acceptance", "bench", "tools"];
const under = (suffix: string): string[] => sources.map((folder) => `${folder}/**/*${suffix}`);
const IGNORED = ["**/node_modules/**", "**/dist/**", ".tsbuild/**"];
const SERVICE_SUITES = [".pg.test.ts", ".accept.test.ts", ".e2e.test.ts"];

/** Suites that start real services get minutes; unit tests get seconds. */
const SERVICE_TIMEOUT_MS = 300_000;
const UNIT_TIMEOUT_MS = 30_000;

/** Vitest leaves one core idle by default, which is half of a machine with two. */
const CORES = availableParallelism();

/** Kinds of test run one after another: services share the cores with what they are tested by. */
const ORDER = ["unit", "pg", "accept", "e2e"];
const sequenceOf = (name: string): { groupOrder: number } => ({ groupOrder: ORDER.indexOf(name) });

function services(name: string, maxWorkers: number): object {
  return {
    test: {
      name,
      include: under(`.${name}.test.ts`),
      exclude: IGNORED,
      sequence: sequenceOf(name),
      testTimeout: SERVICE_TIMEOUT_MS,
      hookTimeout: SERVICE_TIMEOUT_MS,
      maxWorkers,
    },
  };
}

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ["default", "./tools/closing-line-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          sequence: sequenceOf("unit"),
          include: under(".test.ts"),
          exclude: [...IGNORED, ...SERVICE_SUITES.map((suffix) => `**/*${suffix}`)],
          testTimeout: UNIT_TIMEOUT_MS,
          maxWorkers: CORES,
        },
      },
      services("pg", 1),
      services("accept", 2), // Half of their time is spent waiting for other programs to start and stop.
      services("e2e", 1),
    ],
  },
});

export default config;
