import type { LoggedModel } from "@flightdeck/protocol";
import { queryOptions } from "@tanstack/react-query";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";
import { artifactAddress } from "../../artifacts/api/artifact-address.ts";
import { readFirstBytes } from "../../artifacts/api/read-first-bytes.ts";
import { folderQuery } from "../../artifacts/api/artifact-queries.ts";
import { modelArtifactRoot } from "../../artifacts/artifact-root.ts";
import { bodyOfServingExample } from "../serve-snippets.ts";

/** The file that MLflow's clients keep beside a model that was logged with an input example. */
const SERVING_EXAMPLE = "serving_input_example.json";
/** A command line that a person still copies. */
const EXAMPLE_BYTES_MAX = 4096;

/** The request body of a model's own serving example; null where it has none, or one too long for a command line. */
export function servingExampleQuery(model: LoggedModel) {
  const root = modelArtifactRoot(model);
  return queryOptions({
    queryKey: [QUERY_KEYS.artifactContent, root.kind, root.id, SERVING_EXAMPLE, "body"],
    queryFn: async ({ signal, client }): Promise<string | null> => {
      const { files } = await client.fetchQuery(folderQuery({ root, path: "" }));
      if (!files.some(({ path }) => path === SERVING_EXAMPLE)) return null;
      const address = artifactAddress({ root, path: SERVING_EXAMPLE });
      const { bytes, isWhole } = await readFirstBytes(address, { bytesMax: EXAMPLE_BYTES_MAX, signal });
      return isWhole ? (bodyOfServingExample(new TextDecoder().decode(bytes)) ?? null) : null;
    },
  });
}
