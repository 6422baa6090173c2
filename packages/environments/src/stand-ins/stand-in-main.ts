import { isAppError, messageOf } from "@flightdeck/core";
import { condaStandIn, pyenvStandIn, type StandIn } from "./stand-ins.ts";

/* Run by the scripts from `writeStandIns`. Arguments: the program's name, the stand-in's folder, the program's arguments. */

const STAND_INS: Readonly<Record<string, StandIn>> = { conda: condaStandIn, pyenv: pyenvStandIn };

const [name = "", folder = "", ...args] = process.argv.slice(2);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

try {
  await STAND_INS[name]?.({
    args,
    env: process.env,
    folder,
    signal: stop.signal,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`flightdeck: ${text}\n`),
  });
} catch (error) {
  const text =
    isAppError(error) || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
  process.stderr.write(`flightdeck: ${text}\n`);
  process.exitCode = 1;
}
