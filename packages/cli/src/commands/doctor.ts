import { codeOf, messageOf } from "@flightdeck/core";
import { PAGE_FOLDER } from "@flightdeck/server";
import { checkWritable, databaseFileOf, databaseUriOf, inspectSchema } from "@flightdeck/store";
import type { Command } from "commander";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { BACKEND_STORE_OPTION, DATA_DIR_OPTION, type DataDirFlag, dataDirOf } from "../data-dir.ts";
import { formatBytes } from "../output/format.ts";
import { printRecords } from "../output/print.ts";
import { EXIT } from "../report-error.ts";
import { JSON_OPTION, type JsonFlag, parsePort } from "./options.ts";

type Flags = DataDirFlag &
  JsonFlag & { readonly host: string; readonly port: number; readonly backendStoreUri?: string | undefined };

/** `fail` means that a server cannot work, `warn` that a part of it cannot. */
type Level = "ok" | "warn" | "fail";

type Finding = { readonly check: string; readonly level: Level; readonly says: string };

const NODE_MAJOR_MIN = 24;
/** With less free space, a log or a model soon fills the disk. */
const FREE_BYTES_MIN = 1024 ** 3;

/** `flightdeck doctor`: checks whether a server can run here, and which programs its jobs and projects will find. */
export function defineDoctor(doctor: Command): void {
  doctor
    .option("-h, --host <HOST>", "The address that the server will listen on.", "127.0.0.1")
    .option("-p, --port <INTEGER>", "The port that the server will listen on.", parsePort, 5000)
    .option(...BACKEND_STORE_OPTION)
    .option(...DATA_DIR_OPTION)
    .option(...JSON_OPTION)
    .action(runDoctor);
}

async function runDoctor(flags: Flags): Promise<void> {
  const findings = await Promise.all([
    checkNode(),
    checkDataDir(flags),
    checkDisk(flags),
    checkStore(flags),
    checkPort(flags),
    checkPage(),
    ...PROGRAMS.map(checkProgram),
  ]);
  printRecords(
    flags.json,
    () => ({
      headers: ["Check", "Result", ""],
      rows: findings.map(({ check, level, says }) => [check, level, says]),
    }),
    findings,
  );
  if (findings.some(({ level }) => level === "fail")) process.exitCode = EXIT.error;
}

async function checkNode(): Promise<Finding> {
  const isEnough = Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN;
  const says = isEnough ? process.version : `${process.version}; ${NODE_MAJOR_MIN} or newer is needed`;
  return { check: "Node", level: isEnough ? "ok" : "fail", says };
}

async function checkDataDir(flags: Flags): Promise<Finding> {
  const folder = nearestFolder(resolve(dataDirOf(flags)));
  try {
    await checkWritable(folder);
    return { check: "data folder", level: "ok", says: `${resolve(dataDirOf(flags))} can be written to` };
  } catch (error) {
    return { check: "data folder", level: "fail", says: messageOf(error) };
  }
}

async function checkDisk(flags: Flags): Promise<Finding> {
  const { bavail, bsize } = await statfs(nearestFolder(resolve(dataDirOf(flags))));
  const free = bavail * bsize;
  return {
    check: "disk",
    level: free < FREE_BYTES_MIN ? "warn" : "ok",
    says: `${formatBytes(free)} are free for the data folder`,
  };
}

/** Returns the closest existing folder, in which a missing one would be created. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function checkStore(flags: Flags): Promise<Finding> {
  const check = "database";
  const { backendStoreUri } = flags;
  const dataDir = dataDirOf(flags);
  if (backendStoreUri === undefined && !existsSync(databaseFileOf(dataDir))) {
    return { check, level: "ok", says: "there is none yet; the server creates it" };
  }
  try {
    const { version, newest } = await inspectSchema(backendStoreUri ?? databaseUriOf(dataDir));
    if (version > newest)
      return { check, level: "fail", says: `its schema, version ${version}, is newer than this program's` };
    const says =
      version === newest
        ? `schema version ${version}`
        : `schema version ${version}; the server will update it to ${newest}`;
    return { check, level: "ok", says };
  } catch (error) {
    return { check, level: "fail", says: messageOf(error) };
  }
}

async function checkPort({ host, port }: Flags): Promise<Finding> {
  const server = createServer();
  try {
    await new Promise<void>((onListening, onError) => {
      server.once("error", onError);
      server.listen({ host, port }, onListening);
    });
    return { check: "port", level: "ok", says: `${host}:${port} is free` };
  } catch (error) {
    return { check: "port", level: "fail", says: messageOf(error) };
  } finally {
    server.close();
  }
}

async function checkPage(): Promise<Finding> {
  const isBuilt = existsSync(join(PAGE_FOLDER, "index.html"));
  const says = isBuilt ? "built" : "not built; 'flightdeck server' builds it";
  return { check: "page", level: isBuilt ? "ok" : "warn", says };
}

type Program = { readonly name: string; readonly args: readonly string[]; readonly use: string };

const PROGRAMS: readonly Program[] = [
  { name: "python3", args: ["--version"], use: "Python projects and jobs" },
  { name: "uv", args: ["--version"], use: "fast environments for Python" },
  { name: "git", args: ["--version"], use: "projects from repositories" },
  { name: "java", args: ["-version"], use: "Spark clusters" },
];

/** Long, because the first start of Java from a cold disk can take seconds. */
const PROGRAM_WAIT_MS = 30_000;

async function checkProgram({ name, args, use }: Program): Promise<Finding> {
  try {
    const { stdout, stderr } = await promisify(execFile)(name, [...args], { timeout: PROGRAM_WAIT_MS });
    const [first = ""] = `${stdout}${stderr}`.trim().split("\n");
    return { check: name, level: "ok", says: first };
  } catch (error) {
    const isMissing = codeOf(error) === "ENOENT";
    const says = isMissing ? `not found; needed for ${use}` : `does not start: ${messageOf(error)}`;
    return { check: name, level: "warn", says };
  }
}
