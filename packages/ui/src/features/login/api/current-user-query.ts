import { endpoints } from "@flightdeck/protocol";
import { queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";

const ADMINS = "admins";

/** Whether the reader may do what concerns the whole workspace. A server that knows no users has no such part either. */
export function isAdminQuery() {
  return queryOptions({
    queryKey: [QUERY_KEYS.currentUser],
    queryFn: ({ signal }) => mlflowClient.call(endpoints.getCurrentUser, {}, { signal }),
    select: ({ groups }) => groups.some(({ value }) => value === ADMINS),
    staleTime: Number.POSITIVE_INFINITY, // Another login resets every query.
  });
}
