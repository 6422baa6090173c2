import { HOST } from "./spark-conf.ts";
import { z } from "zod";

const pageSchema = z.object({ aliveworkers: z.int() });
const ANSWER_MS_MAX = 2_000;

/** Returns how many workers the master's page lists; undefined if the master does not answer. */
export async function countWorkers(masterPagePort: number): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const answer = await fetch(`http://${HOST}:${masterPagePort}/json/`, { signal });
    return pageSchema.parse(await answer.json()).aliveworkers;
  } catch {
    return undefined;
  }
}
