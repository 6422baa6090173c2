import type { FastifyInstance } from "fastify";
import { BOUNDS } from "../bounds.ts";

/** Takes no new connection, lets requests under way end, and cuts those off that are not done within the bound. */
export async function closeWithin(app: FastifyInstance): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), BOUNDS.closeWaitMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cutOff);
  }
}
