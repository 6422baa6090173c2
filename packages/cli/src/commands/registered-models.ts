import { invalid } from "@flightdeck/core";
import { modelVersionToWire, type RegisteredModel, registeredModelToWire } from "@flightdeck/protocol";
import type { Command } from "commander";
import { formatTime } from "../output/format.ts";
import { printFields, printJson, printRecords } from "../output/print.ts";
import { DATA_DIR_OPTION, type DataDirFlag } from "../data-dir.ts";
import { withTracking } from "../tracking.ts";
import { JSON_OPTION, type JsonFlag, parseCount, takeAtMost } from "./options.ts";

const NAME: readonly [string, string] = ["-n, --name <TEXT>", "Name of the registered model."];

const MAX_RESULTS = [
  "--max-results <INTEGER>",
  "Maximum number to show (default: all).",
  parseCount,
] as const;

type Flags = DataDirFlag & JsonFlag;

type ListFlags = Flags & { readonly filter?: string | undefined; readonly maxResults?: number | undefined };

type NameFlags = Flags & { readonly name: string };

type VersionsFlags = NameFlags & { readonly maxResults?: number | undefined };

/** `flightdeck registered-models …`: shows what is in the registry. MLflow's command line has no counterpart. */
export function defineRegisteredModels(models: Command): void {
  models
    .command("list")
    .alias("search")
    .description("Show the registered models.")
    .option("--filter <TEXT>", "MLflow's filter grammar, for example: name LIKE 'air%'.")
    .option(...MAX_RESULTS)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(listRegisteredModels);
  models
    .command("get")
    .description("Show one registered model.")
    .requiredOption(...NAME)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(getRegisteredModel);
  models
    .command("versions")
    .description("Show the versions of a registered model, newest first.")
    .requiredOption(...NAME)
    .option(...MAX_RESULTS)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(listModelVersions);
}

export async function listRegisteredModels({ filter, maxResults, ...flags }: ListFlags): Promise<void> {
  const models = await withTracking(flags, ({ client }) =>
    takeAtMost(client.searchRegisteredModelsAll({ filter }), maxResults),
  );
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Name", "Latest Version", "Last Update Time"],
    rows: models.map((model) => [model.name, newestVersion(model), formatTime(model.lastUpdateTimeMs)]),
  });
  printRecords(flags.json, table, models.map(registeredModelToWire));
}

async function getRegisteredModel(flags: NameFlags): Promise<void> {
  const model = await withTracking(flags, ({ client }) => client.getRegisteredModel(flags.name));
  if (flags.json) printJson(registeredModelToWire(model));
  else printFields(fieldsOf(model));
}

async function listModelVersions({ name, maxResults, ...flags }: VersionsFlags): Promise<void> {
  const versions = await withTracking(flags, async ({ client }) => {
    await client.getRegisteredModel(name); // Throws if there is no such model; the search would find nothing.
    // Sorted here because Unity Catalog does not sort.
    const found = await Array.fromAsync(client.searchModelVersionsAll({ filter: `name = ${quoted(name)}` }));
    return found.toSorted((a, b) => Number(b.version) - Number(a.version)).slice(0, maxResults);
  });
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Version", "Stage", "Aliases", "Status", "Created", "Run ID", "Source"],
    rows: versions.map((each) => [
      each.version,
      each.currentStage,
      each.aliases.join(", "),
      each.status,
      formatTime(each.creationTimeMs),
      each.runId,
      each.source,
    ]),
  });
  printRecords(flags.json, table, versions.map(modelVersionToWire));
}

/** Filters have two kinds of quotes and no escape characters. */
function quoted(name: string): string {
  if (!name.includes("'")) return `'${name}'`;
  if (!name.includes('"')) return `"${name}"`;
  const message = `versions of a model with both ' and " in its name cannot be searched for, got ${name}`;
  throw invalid(message);
}

function newestVersion({ latestVersions }: RegisteredModel): string {
  const numbers = latestVersions.map(({ version }) => Number(version));
  return numbers.length === 0 ? "" : String(Math.max(...numbers));
}

function fieldsOf(model: RegisteredModel): readonly (readonly [string, string])[] {
  return [
    ["Name", model.name],
    ["Description", model.description],
    ["Latest Version", newestVersion(model)],
    ["Aliases", model.aliases.map(({ alias, version }) => `${alias}=${version}`).join(", ")],
    ["Creation Time", formatTime(model.creationTimeMs)],
    ["Last Update Time", formatTime(model.lastUpdateTimeMs)],
    ["Tags", model.tags.map(({ key, value }) => `${key}=${value}`).join(", ")],
  ];
}
