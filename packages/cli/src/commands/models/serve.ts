import { startScoringServer } from "@flightdeck/models";
import { note, printLine } from "../../output/print.ts";
import { untilAborted, watchStopSignals } from "../../process/stop-signals.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withModelFolder } from "./with-model-folder.ts";

export type ServeFlags = DataDirFlag & {
  readonly modelUri: string;
  readonly host: string;
  readonly port: number;
  readonly envManager?: string;
  readonly conda: boolean;
  readonly workers?: string;
};

/** Serves a model until the first signal, then closes and ends with exit code 0, as servers do. */
export async function serveModel(flags: ServeFlags): Promise<void> {
  tellUnused(flags);
  const stop = watchStopSignals();
  try {
    await withModelFolder(flags, async (modelDir) => {
      const server = await startScoringServer({ modelDir, host: flags.host, port: flags.port });
      printLine(`${flags.modelUri} answers on ${server.url}/invocations`);
      note("press Ctrl-C to stop");
      await untilAborted(stop.signal);
      await Promise.race([server.close(), untilAborted(stop.killSignal)]);
    });
  } finally {
    stop.dispose();
  }
}

function tellUnused({ envManager, conda, workers }: ServeFlags): void {
  if (envManager !== undefined || !conda) {
    note("models are served without Python here, so --env-manager and --no-conda change nothing");
  }
  if (workers !== undefined) note("one process serves all requests, so --workers changes nothing");
}
