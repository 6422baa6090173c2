import { AppError } from "@flightdeck/core";
import type { Handlers } from "../api/handler.ts";
import { BOUNDS } from "../bounds.ts";
import { checkPartNumber } from "../signed/multipart-uploads.ts";
import { abortUploadUrl, artifactUrl, uploadPartUrl, uriOf, urlMaker } from "../signed/signed-artifacts.ts";
import { filesPlace } from "./files-place.ts";

type FilesHandlers = Pick<
  Handlers,
  "createDownloadUrl" | "createUploadUrl" | "createUploadPartUrls" | "createAbortUploadUrl"
>;

export const filesHandlers: FilesHandlers = {
  createDownloadUrl: async ({ path }, context) => {
    const place = await filesPlace(context, path, "read");
    return { url: artifactUrl(urlMaker(context), "GET", place), headers: [] };
  },
  createUploadUrl: async ({ path }, context) => {
    const place = await filesPlace(context, path, "write");
    return { url: artifactUrl(urlMaker(context), "PUT", place), headers: [] };
  },
  createUploadPartUrls: async (
    { path, session_token: uploadId, start_part_number: start, count },
    context,
  ) => {
    context.workspace.multipart.check(uploadId, uriOf(await filesPlace(context, path, "write")));
    const numbers = partNumbers(start, count);
    const urls = urlMaker(context);
    return {
      upload_part_urls: numbers.map((number) => {
        return { url: uploadPartUrl(urls, uploadId, number), part_number: number, headers: [] };
      }),
    };
  },
  createAbortUploadUrl: async ({ path, session_token: uploadId }, context) => {
    context.workspace.multipart.check(uploadId, uriOf(await filesPlace(context, path, "write")));
    return { abort_upload_url: { url: abortUploadUrl(urlMaker(context), uploadId), headers: [] } };
  },
};

function partNumbers(start: number, count: number): number[] {
  checkPartNumber(start);
  if (count < 1 || count > BOUNDS.multipartPartsMax) {
    const message = `count must be 1..${BOUNDS.multipartPartsMax}, got ${count}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  checkPartNumber(start + count - 1);
  return Array.from({ length: count }, (_, index) => start + index);
}
