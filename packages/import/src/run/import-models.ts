import type { ImportedModel } from "@flightdeck/store";
import { importArtifacts } from "./import-artifacts.ts";
import type { ImportContext } from "./import-context.ts";
import { addCounts } from "./import-counts.ts";
import { tellProgress } from "./tell-progress.ts";

/** Imports a page of an experiment's logged models, with their artifacts. */
export async function importModels(context: ImportContext, models: readonly ImportedModel[]): Promise<void> {
  const { imports } = context.target;
  const { targetId } = context.experiment;
  const ids = models.map(({ modelId }) => modelId);
  const before = await imports.findProgress("logged_model", ids);
  const isNew = (id: string): boolean => (before.get(id)?.state ?? "partial") === "partial";
  const unfinished = models.filter(({ modelId }) => isNew(modelId));
  if (unfinished.length > 0) await imports.importModels(targetId, unfinished);
  addCounts(context.sourceCounts, { "logged models": models.length });
  addCounts(context.targetCounts, { "logged models": await imports.countModels(ids) });
  await importArtifacts(
    context,
    "logged_model",
    models.flatMap((model) => {
      const { modelId, artifactUri } = model;
      const progress = before.get(modelId) ?? { id: modelId, state: "partial", points: 0, files: 0 };
      if (progress.state === "foreign") return [];
      const folder = `${targetId}/models/${modelId}/artifacts`;
      return [{ kind: "logged_model", progress, artifactUri, folder, isOpen: isOpen(model) }];
    }),
  );
  tellProgress(context);
}

/** Its files may still be on their way. */
function isOpen({ status, isDeleted }: ImportedModel): boolean {
  return status === "LOGGED_MODEL_PENDING" && !isDeleted;
}
