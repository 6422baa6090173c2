import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError, messageOf, newId, sleep } from "@flightdeck/core";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { type PostgresPrograms, postgresPrograms, type ProcessUser } from "./postgres-programs.ts";

const run = promisify(execFile);

/** A PostgreSQL server of its own for one test file. */
export type TestPostgres = {
  /** Makes an empty database; gives its URI, `postgresql://user:password@127.0.0.1:port/name`. */
  createDatabase(): Promise<string>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
};

const USER = "flightdeck";
/** A busy machine of two cores takes some seconds. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const SETTINGS: readonly string[] = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "fsync=on",
  "autovacuum_naptime=1s", // Statistics come in seconds; a server in earnest gathers them once a minute.
];
/** What is kept of the log to explain a failed start. */
const LOG_CHARS_MAX = 4_000;

/**
 * Starts the PostgreSQL that comes by npm on a free loopback port, with a password, and with every commit synced as in
 * earnest. Throws where it cannot run; `part("PostgreSQL", startPostgres)` makes a named skip of that outside of CI.
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
 * Runs a program until its own input ends, then asks for a fast shutdown. So the server ends also when the process that
 * runs the tests is killed.
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
