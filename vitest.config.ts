import { defineConfig, type ViteUserConfig } from "vitest/config";

const sources = ["packages", "examples", "acceptance", "bench", "tools"];
const under = (suffix: string): string[] => sources.map((folder) => `${folder}/**/*${suffix}`);
const IGNORED = ["**/node_modules/**", "**/dist/**", ".tsbuild/**"];
const SERVICE_SUITES = [".pg.test.ts", ".accept.test.ts", ".e2e.test.ts"];

/** Suites that start real services get minutes; unit tests get seconds. */
const SERVICE_TIMEOUT_MS = 300_000;
const UNIT_TIMEOUT_MS = 30_000;

function services(name: string, suffix: string): object {
  return {
    test: {
      name,
      include: under(suffix),
      exclude: IGNORED,
      testTimeout: SERVICE_TIMEOUT_MS,
      hookTimeout: SERVICE_TIMEOUT_MS,
      fileParallelism: false,
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
          include: under(".test.ts"),
          exclude: [...IGNORED, ...SERVICE_SUITES.map((suffix) => `**/*${suffix}`)],
          testTimeout: UNIT_TIMEOUT_MS,
        },
      },
      services("pg", ".pg.test.ts"),
      services("accept", ".accept.test.ts"),
      services("e2e", ".e2e.test.ts"),
    ],
  },
});

export default config;
