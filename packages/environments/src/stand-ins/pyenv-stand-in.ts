import { quoteForShell } from "@flightdeck/compute";
import { AppError } from "@flightdeck/core";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { choosePython } from "../python/choose-python.ts";
import { findPythons } from "../python/find-pythons.ts";
import { compareVersions } from "../python/version-constraint.ts";
import type { StandIn, StandInCall } from "./stand-in.ts";

const ABOUT =
  "flightdeck's stand-in for pyenv: it does what mlflow run asks pyenv for, with the Pythons of this machine";
const VERSION = /^\d+\.\d+\.\d+$/;

/** What `mlflow run` asks pyenv for. What can be "installed" is what is there: Python itself is not downloaded. */
export const pyenvStandIn: StandIn = async (call) => {
  const [command, ...args] = call.args;
  if (command === "root") return call.print(call.folder);
  if (command === "install" && args.includes("--list")) return await listVersions(call);
  if (command === "install")
    return await install(
      call,
      args.find((arg) => VERSION.test(arg)),
    );
  if (command === undefined || command.startsWith("-")) return call.print(ABOUT);
  throw new AppError("NOT_IMPLEMENTED", `pyenv ${call.args.join(" ")}: ${ABOUT}; install pyenv for the rest`);
};

async function listVersions({ env, print }: StandInCall): Promise<void> {
  const versions = new Set((await findPythons(env)).map(({ version }) => version));
  print([...versions].toSorted(compareVersions).join("\n"));
}

/** A Python that is not there is stood for by the nearest, and a line says so. */
async function install(call: StandInCall, version: string | undefined): Promise<void> {
  if (version === undefined) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `pyenv install needs a version such as 3.11.7, got ${call.args.slice(1).join(" ")}`,
    );
  }
  const wanted = [{ operator: "==", version }] as const;
  const installed = await findPythons(call.env);
  const chosen = choosePython({ installed, wanted, bestEffort: true });
  if (chosen.isNearest) {
    call.note(`changed Python ${version} → ${chosen.version} (that version is not installed here)`);
  }
  await writePython(join(call.folder, "versions", version, "bin"), chosen.path);
}

/** A link would be taken for a Python whose library lies beside it. */
async function writePython(folder: string, path: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `python.${process.pid}`);
  await writeFile(partial, `#!/bin/sh\nexec ${quoteForShell(path)} "$@"\n`);
  await chmod(partial, 0o755);
  await rename(partial, join(folder, "python"));
}
