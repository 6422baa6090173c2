import type { Command } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { parseIds } from "./parse-ids.ts";
import { JSON_OPTION } from "../json-option.ts";
import { parseAge } from "./parse-age.ts";
import type { GcFlags } from "./run-gc.ts";

/** `flightdeck gc`, as in MLflow; it works on the database and the artifacts themselves. */
export function addGcCommand(program: Command): void {
  program
    .command("gc")
    .description(
      "Delete for good what is marked as deleted: runs, experiments and logged models, with their artifacts. A server may run meanwhile; what was interrupted goes on the next time.",
    )
    .option("--older-than <AGE>", "Only what was deleted so long ago, for example 30d or 1d2h3m4s.", parseAge)
    .option("--run-ids <LIST>", "Only these runs: ids with commas between them.", parseIds)
    .option("--experiment-ids <LIST>", "Only these experiments, with all that is in them.", parseIds)
    .option("--logged-model-ids <LIST>", "Only these logged models.", parseIds)
    .option("--backend-store-uri <URI>", "The database (default: in the data folder).")
    .option(
      "--artifacts-destination <DIR>",
      "The server's folder of artifacts (default: in the data folder).",
    )
    .option(...DATA_DIR_OPTION)
    .option("--dry-run", "Delete nothing; only show what would be, and how large it is.")
    .option(...JSON_OPTION)
    .action(async (flags: GcFlags) => (await import("./run-gc.ts")).runGc(flags));
}
