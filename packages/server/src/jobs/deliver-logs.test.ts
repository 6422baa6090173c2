import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JobExecutor } from "./execution/job-executor.ts";
import { deliverLogs } from "./job-run-under-way.ts";

let dataDir: string;
beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), "deliver-logs-"))));
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test("output is delivered byte for byte, even if it is not text", async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256);
  const written = join(dataDir, "jobs", "1", "process");
  await mkdir(written, { recursive: true });
  await writeFile(join(written, "stdout"), bytes);
  const executor = new JobExecutor({
    dataDir,
    serverUrl: () => "http://127.0.0.1:5000",
    logger: pino({ level: "silent" }),
  });
  const dbfs = new LocalArtifactRepository(join(dataDir, "dbfs"));
  await deliverLogs({ executor, dbfs, jobRunId: 1, destination: "dbfs:/logs", clusterId: "c" });
  const delivered = (stream: string): Promise<Buffer> =>
    readFile(join(dataDir, "dbfs", "logs", "c", "driver", stream));
  expect((await delivered("stdout")).equals(bytes)).toBe(true);
  expect(await delivered("stderr")).toHaveLength(0); // The task wrote nothing to stderr.
});
