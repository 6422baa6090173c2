import { LIMITS, type DatasetInput } from "@flightdeck/protocol";
import { checkLength } from "./text.ts";

/** MLflow's bounds of a run's datasets (`mlflow/utils/validation.py`). */
export function checkDatasetInputs(inputs: readonly DatasetInput[]): void {
  for (const { dataset, tags } of inputs) {
    checkLength("name", dataset.name, LIMITS.datasetNameCharsMax);
    checkLength("digest", dataset.digest, LIMITS.datasetDigestCharsMax);
    checkLength("source", dataset.source, LIMITS.datasetSourceCharsMax);
    checkLength("schema", dataset.schema ?? "", LIMITS.datasetSchemaCharsMax);
    checkLength("profile", dataset.profile ?? "", LIMITS.datasetProfileCharsMax);
    for (const { key, value } of tags) {
      checkLength("key", key, LIMITS.inputTagKeyCharsMax);
      checkLength("value", value, LIMITS.inputTagValueCharsMax);
    }
  }
}
