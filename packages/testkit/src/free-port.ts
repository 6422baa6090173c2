import { once } from "node:events";
import { createServer } from "node:net";

/** A port of the loopback interface that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address !== null && typeof address === "object") return address.port;
  throw new TypeError("a TCP server has an address with a port");
}
