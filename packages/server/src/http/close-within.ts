import type { FastifyInstance } from "fastify";
import { BOUNDS } from "../bounds.ts";

/** Short beside the wait of whoever stops a server, long beside the check. */
const IDLE_CHECK_MS = 20;

/** Takes no new connection, lets requests under way end, and cuts those off that are not done within the bound. */
export async function closeWithin(app: FastifyInstance): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), BOUNDS.closeWaitMs);
  // A connection whose last request has ended would be kept for the client's next one.
  const closingIdle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(cutOff);
    clearInterval(closingIdle);
  }
}
