import type { Command } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import type { ImportFlags } from "./run-import.ts";

/** `flightdeck import`, which MLflow has no counterpart of. */
export function addImportCommand(program: Command): void {
  program
    .command("import")
    .description(
      "Copy an MLflow workspace into this one. It is only read; an import that was stopped goes on.",
    )
    .argument("<SOURCE>", "sqlite:///PATH, postgresql://…, http(s)://…, or the path of an mlruns folder.")
    .option(...DATA_DIR_OPTION)
    .option("--backend-store-uri <URI>", "The database to write to (default: in the data folder).")
    .option("--artifacts-destination <DIR>", "The folder for artifacts (default: in the data folder).")
    .option(
      "--source-artifacts <DIR>",
      "A folder that artifacts may be read from besides SOURCE's own: the artifacts destination of its server.",
    )
    .option("--dry-run", "Only count what there is to import.")
    .option("--json", "Print the counts as JSON.")
    .action(async (source: string, flags: ImportFlags) => {
      const { runImport } = await import("./run-import.ts");
      await runImport(source, flags);
    });
}
