import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerOptions, startServer } from "@flightdeck/server";

/** A server for one suite. */
export type TestServer = {
  readonly url: string;
  /** Contains its database and artifacts. */
  readonly dataDir: string;
  /** Stops the server and removes its data. */
  close(): Promise<void>;
};

/** Starts a real server on a free port with an empty temporary workspace, which `close` removes. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "flightdeck-test-"));
  const server = await startServer({ host: "127.0.0.1", port: 0, dataDir, logLevel: "silent", ...options });
  return {
    url: server.url,
    dataDir,
    close: async () => {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
