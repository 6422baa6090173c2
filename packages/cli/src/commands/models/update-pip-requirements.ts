import { openArtifactRepository, parseArtifactUri } from "@flightdeck/artifacts";
import { type ArtifactLocation, locateArtifact } from "@flightdeck/client";
import { invalid } from "@flightdeck/core";
import { changeRequirements, REQUIREMENTS_FILES, type RequirementsChange } from "@flightdeck/models";
import { Argument, type Command } from "commander";
import { text } from "node:stream/consumers";
import { DATA_DIR_OPTION, type DataDirFlag } from "../../data-dir.ts";
import { note, printResult } from "../../output/print.ts";
import { withTracking } from "../../tracking.ts";
import { JSON_OPTION, type JsonFlag } from "../options.ts";
import { isLocalUri, MODEL_URI } from "./model-options.ts";

type UpdateFlags = DataDirFlag & JsonFlag & { readonly modelUri: string };

type Operation = RequirementsChange["operation"];

/** `flightdeck models update-pip-requirements`. */
export function defineUpdatePipRequirements(command: Command): void {
  command
    .description("Add requirements to a model's conda.yaml and requirements.txt, or remove them.")
    .addArgument(new Argument("<OPERATION>", "What to do.").choices(["add", "remove"]))
    .argument("<REQUIREMENT...>", 'Pip requirements, such as "pandas<3". Removing looks only at their names.')
    .requiredOption(...MODEL_URI)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(updatePipRequirements);
}

async function updatePipRequirements(
  operation: Operation,
  requirements: readonly string[],
  flags: UpdateFlags,
): Promise<void> {
  const uri = flags.modelUri;
  const change = { operation, requirements };
  const updated = isLocalUri(uri)
    ? await updateFiles({ repository: openArtifactRepository(uri), path: "" }, change)
    : await updateRemotely(flags, change);
  note("the model now requires:");
  printResult(flags.json, updated.join("\n"), { requirements: updated });
}

async function updateRemotely(flags: UpdateFlags, change: RequirementsChange): Promise<readonly string[]> {
  const uri = flags.modelUri;
  const parsed = parseArtifactUri(uri);
  if (parsed.kind === "models" && parsed.model.by !== "id") {
    throw invalid(
      `${uri} is a registered version, which cannot be changed; change the model of its run instead`,
    );
  }
  return await withTracking(flags, async ({ client }) => {
    return await updateFiles(await locateArtifact(client, uri), change);
  });
}

/** Returns the requirements of both files. Writes nothing unless both can be changed. */
async function updateFiles(
  { repository, path }: ArtifactLocation,
  change: RequirementsChange,
): Promise<readonly string[]> {
  const changed = await Promise.all(
    REQUIREMENTS_FILES.map(async (file) => {
      const at = path === "" ? file : `${path}/${file}`;
      const { stream } = await repository.read(at);
      return { at, ...changeRequirements(file, await text(stream), change) };
    }),
  );
  for (const { at, text: content } of changed) await repository.write(at, Buffer.from(content));
  return [...new Set(changed.flatMap(({ requirements }) => requirements))];
}
