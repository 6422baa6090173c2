import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";

export type LifecycleChange = { readonly runIds: readonly string[]; readonly to: "deleted" | "active" };

/** Requests at a time: a browser opens six connections to one server and the page needs some for itself. */
const PARALLEL_MAX = 4;

/** Deletes runs, or takes them back; deleted runs stay on the server until its trash is emptied. */
export function useRunLifecycle(): UseMutationResult<void, Error, LifecycleChange> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ runIds, to }: LifecycleChange) => {
      const waiting = [...runIds];
      const work = async (): Promise<void> => {
        for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await changeRun(id, to);
      };
      await Promise.all(Array.from({ length: PARALLEL_MAX }, work));
    },
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.runs] }),
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.run] }),
      ]),
  });
}

function changeRun(runId: string, to: LifecycleChange["to"]): Promise<void> {
  return to === "deleted" ? mlflowClient.deleteRun(runId) : mlflowClient.restoreRun(runId);
}
