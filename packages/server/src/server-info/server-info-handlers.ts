import type { Handlers } from "../api/handler.ts";

export const serverInfoHandlers: Pick<Handlers, "getServerInfo"> = {
  /** Clients then fetch artifacts through the proxy in one piece, and send large ones through it in parts. */
  getServerInfo: () =>
    Promise.resolve({
      store_type: "SqlStore",
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: true,
      multipart_downloads_enabled: false,
      presigned_upload_run_id_supported: false,
      presigned_upload_model_id_supported: false,
    }),
};
