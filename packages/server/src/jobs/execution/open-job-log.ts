import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { JobFolder } from "./job-folder.ts";
import type { JobStream } from "./read-job-log.ts";

/** All that a task wrote to one of its outputs, byte for byte: it need not be text. Empty when there is none. */
export async function openJobLog(folder: JobFolder, stream: JobStream): Promise<Readable> {
  const file = await open(join(folder.process, stream)).catch(() => undefined);
  return file === undefined ? Readable.from([]) : file.createReadStream();
}
