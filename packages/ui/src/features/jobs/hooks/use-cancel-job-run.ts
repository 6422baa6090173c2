import { endpoints } from "@flightdeck/protocol";
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";

/** Asks for the end of a run, which comes a little later. */
export function useCancelJobRun(): UseMutationResult<unknown, Error, number> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (runId: number) => mlflowClient.call(endpoints.cancelJobRun, { run_id: runId }),
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.jobRuns] }),
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.jobRun] }),
      ]),
  });
}
