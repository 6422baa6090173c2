import { z } from "zod";
import { empty, bool } from "./forms.ts";
import { ANYBODY } from "./access.ts";
import { endpoint } from "./endpoint.ts";

export const serverInfoEndpoints = {
  /** The server's capabilities; 3.x clients request them to decide how to transfer artifacts. */
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
