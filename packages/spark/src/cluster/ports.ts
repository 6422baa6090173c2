import { AppError, messageOf } from "@flightdeck/core";
import { once } from "node:events";
import { createServer } from "node:net";
import { askVersion } from "../connect/ask-version.ts";
import { formatRemote } from "../connect/remote-address.ts";

export type TakePortOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  /** The command-line option that sets the port, for messages. */
  readonly option: string;
  readonly host: string;
};

/**
 * Checks that a port is free and returns it. Throws `INVALID_PARAMETER_VALUE` if it is in use; the message says so if
 * another Spark is using it.
 */
export async function takePort({ port, option, host }: TakePortOptions): Promise<number> {
  const probe = createServer();
  try {
    probe.listen({ port, host, exclusive: true });
    await once(probe, "listening");
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === "EADDRINUSE" ? await userOf(port, host) : messageOf(cause); // Node sets a code.
    const message = `port ${port} cannot be used: ${why}; stop it or choose another port by ${option} (0 picks a free one)`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : port;
}

async function userOf(port: number, host: string): Promise<string> {
  return await askVersion(formatRemote({ host, port })).then(
    (version) => `another Spark Connect server (Spark ${version}) is using it`,
    (error: unknown) =>
      isGrpcAnswer(error) ? "another Spark Connect server is using it" : "another program is using it",
  );
}

function isGrpcAnswer(error: unknown): boolean {
  return error instanceof AppError && error.code === "UNAUTHENTICATED";
}
