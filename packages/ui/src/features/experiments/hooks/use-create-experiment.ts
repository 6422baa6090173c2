import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";

export type NewExperiment = { readonly name: string; readonly artifactLocation: string };

/** Creates an experiment and resolves to its id. */
export function useCreateExperiment(): UseMutationResult<string, Error, NewExperiment> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, artifactLocation }: NewExperiment) =>
      mlflowClient.createExperiment({
        name: name.trim(),
        artifactLocation: artifactLocation.trim() === "" ? undefined : artifactLocation.trim(),
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.experiments] }),
  });
}
