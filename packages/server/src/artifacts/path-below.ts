import { decodeArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { FastifyRequest } from "fastify";

/**
 * The path behind `root` as it came, still encoded: it is decoded once, by the resolver. The router has decoded its own
 * copy to find the route, so a target that spells the route in another way ends here too, and is refused.
 */
export function pathBelow(root: string, request: FastifyRequest): string {
  const [target = ""] = request.url.split("?", 1);
  if (target.startsWith(root)) return decodeArtifactPath(target.slice(root.length));
  throw new AppError("ENDPOINT_NOT_FOUND", `the path '${root}' must not be percent-encoded`);
}
