import fastifyStatic from "@fastify/static";
import { checkArtifactPath } from "@flightdeck/artifacts";
import { ANYBODY } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm run build:ui` puts the page, and where the published package has it. */
export const PAGE_FOLDER: string = fileURLToPath(new URL("../../dist/page", import.meta.url));

/** Scripts and styles may only come from this server; images may also be blobs that the page creates. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

const HEADERS = {
  "content-security-policy": PAGE_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
} as const;

/** The name of each file below this folder contains a hash of its content. */
const HASHED_FOLDER = "assets/";

const NOT_BUILT = "The page is not built: run npm run build:ui, and start the server again.\n";

export type Page = {
  /** Answers a browser that opens a URL inside the page; undefined for any other request. */
  answer(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined;
};

/** Serves the built page, if there is one, and redirects URLs inside it to the page. */
export function mountPage(app: FastifyInstance, pageDir: string | undefined): Page {
  const root = pageDir === undefined ? undefined : resolve(pageDir);
  const built = root !== undefined && existsSync(join(root, "index.html"));
  if (built) mountFiles(app, root);
  else app.get("/", { config: { access: ANYBODY } }, (_request, reply) => sendNotBuilt(reply));
  return {
    answer: (request, reply) => {
      if (!isForPage(request)) return undefined;
      return built ? sendToPage(request, reply) : sendNotBuilt(reply);
    },
  };
}

function mountFiles(app: FastifyInstance, root: string): void {
  void app.register(fastifyStatic, { root, serve: false, cacheControl: false, preCompressed: true });
  const options = { config: { access: ANYBODY } } as const;
  app.route({
    ...options,
    method: ["GET", "HEAD"],
    url: "/",
    handler: (_request, reply) => sendIndex(reply),
  });
  app.route<{ Params: { "*": string } }>({
    ...options,
    method: ["GET", "HEAD"],
    url: "/*",
    handler: async (request, reply) => {
      const path = checkArtifactPath(request.params["*"]);
      if (!existsSync(join(root, path)) || path === "") return reply.callNotFound();
      const lasting = path.startsWith(HASHED_FOLDER);
      const cacheControl = lasting ? "public, max-age=31536000, immutable" : "no-cache";
      return await reply.headers({ ...HEADERS, "cache-control": cacheControl }).sendFile(path);
    },
  });
}

function sendIndex(reply: FastifyReply): FastifyReply {
  return reply.headers({ ...HEADERS, "cache-control": "no-cache" }).sendFile("index.html");
}

/**
 * The page routes by `#`: `/jobs/1/runs/2` becomes `/#/jobs/1/runs/2`. The redirect is relative, so that it cannot lead
 * to another host and works behind a proxy with a path prefix.
 */
function sendToPage({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ""] = url.split("?", 1);
  const steps = path.split("/").length - 2;
  const root = steps === 0 ? "./" : "../".repeat(steps);
  return reply.headers({ ...HEADERS, "cache-control": "no-cache" }).redirect(`${root}#${url}`, 302);
}

function sendNotBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).headers(HEADERS).type("text/plain; charset=utf-8").send(NOT_BUILT);
}

/** Browsers accept HTML when they open a URL; scripts and API clients do not. */
function isForPage({ method, url, headers }: FastifyRequest): boolean {
  const isApi = /^\/(ajax-)?api(\/|$)/.test(url);
  return method === "GET" && !isApi && (headers.accept ?? "").includes("text/html");
}
