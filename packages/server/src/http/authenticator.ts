import type { Permission } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";

/** Who makes a request, and what they may do. */
export type Principal = {
  readonly name: string;
  may(permission: Permission): boolean;
};

/** Finds out who makes a request from its headers. Throws `UNAUTHENTICATED` for a login that is not valid. */
export type Authenticator = (headers: FastifyRequest["headers"]) => Principal | Promise<Principal>;

const EVERYBODY: Principal = { name: "", may: () => true };

/** Without authentication, everybody who can reach the server may do everything. */
export const openAuthenticator: Authenticator = () => EVERYBODY;
