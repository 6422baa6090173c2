import { AppError } from "@flightdeck/core";
import type { FastifyInstance } from "fastify";

export type Endpoint = { readonly host: string; readonly port: number };

/** Listens, and gives the address under which the server answers. */
export async function listen(app: FastifyInstance, { host, port }: Endpoint): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
  } catch (error) {
    throw listenError(error, { host, port });
  }
  const address = app.server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return `http://${reachableName(host)}:${taken}`;
}

/** An address for all of the machine's addresses is none to go to. */
function reachableName(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

function listenError(error: unknown, { host, port }: Endpoint): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  const fail = (
    errorCode: "RESOURCE_CONFLICT" | "PERMISSION_DENIED" | "INVALID_PARAMETER_VALUE",
    message: string,
  ) => new AppError(errorCode, message, { cause: error });
  switch (code) {
    case "EADDRINUSE":
      return fail("RESOURCE_CONFLICT", `port ${port} on ${host} is in use; choose another with --port`);
    case "EACCES":
      return fail("PERMISSION_DENIED", `port ${port} on ${host} may not be opened; choose one above 1023`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return fail("INVALID_PARAMETER_VALUE", `host '${host}' is no name or address of this machine`);
    case "ERR_SOCKET_BAD_PORT":
      return fail("INVALID_PARAMETER_VALUE", `port must be 0..65535, got ${port}`);
    default:
      return error;
  }
}
