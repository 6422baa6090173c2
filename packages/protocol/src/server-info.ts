import { z } from "zod";
import { empty } from "./empty.ts";
import { ANYBODY } from "./access/access.ts";
import { endpoint } from "./endpoint.ts";
import { bool } from "./scalars.ts";

export const serverInfoEndpoints = {
  /** What the server can do; 3.x clients ask before they choose a route for artifacts. */
  getServerInfo: endpoint({
    methods: ["GET"],
    path: "/mlflow/server-info",
    versions: ["3.0"],
    access: ANYBODY,
    request: empty,
    response: z.object({
      store_type: z.string(),
      workspaces_enabled: bool,
      trace_archival_enabled: bool,
      multipart_uploads_enabled: bool,
      multipart_downloads_enabled: bool,
      presigned_upload_run_id_supported: bool,
      presigned_upload_model_id_supported: bool,
    }),
  }),
};
