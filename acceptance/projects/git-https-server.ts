import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** The user and password that the server requires. */
const LOGIN = `Basic ${Buffer.from("me:secret").toString("base64")}`;
const HEADER_BYTES_MAX = 64 * 1024;

/** Serves the repositories below a folder over https with `git http-backend` and a self-signed certificate. */
export class GitHttpsServer {
  readonly port: number;
  /** The path of the self-signed certificate. */
  readonly certificate: string;
  private readonly server: Server;

  private constructor(server: Server, certificate: string) {
    const { port } = server.address() as AddressInfo; // A TCP server's address is an object.
    this.port = port;
    this.server = server;
    this.certificate = certificate;
  }

  static async start(folder: string): Promise<GitHttpsServer> {
    const [key, certificate] = [join(folder, "https.key"), join(folder, "https.pem")];
    const request = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "1",
      "-keyout",
      key,
      "-out",
      certificate,
    ];
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync("openssl", [...request, ...subject], { stdio: "pipe" });
    const files = { key: readFileSync(key), cert: readFileSync(certificate) };
    const server = createServer(files, (incoming, response) => answer(incoming, response, folder));
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new GitHttpsServer(server, certificate);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

function answer(incoming: IncomingMessage, response: ServerResponse, folder: string): void {
  if (incoming.headers.authorization !== LOGIN) {
    response.writeHead(401, { "WWW-Authenticate": "Basic" }).end();
    return;
  }
  const { pathname, searchParams } = new URL(incoming.url ?? "", "https://127.0.0.1");
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(incoming.headers["git-protocol"] ?? ""),
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: incoming.method,
      CONTENT_TYPE: incoming.headers["content-type"],
      HTTP_CONTENT_ENCODING: incoming.headers["content-encoding"],
      REMOTE_USER: "me",
    },
  });
  incoming.pipe(backend.stdin);
  void passOn(backend.stdout, response);
}

/** Forwards a CGI response: headers, an empty line, the body (RFC 3875). */
async function passOn(output: NodeJS.ReadableStream, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  let isBody = false;
  for await (const chunk of output as AsyncIterable<Buffer>) {
    if (isBody) {
      response.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0 && head.length < HEADER_BYTES_MAX) continue;
    isBody = true;
    const headers = new Map(head.subarray(0, end).toString().split("\r\n").map(nameAndValue));
    response.writeHead(Number.parseInt(headers.get("Status") ?? "200", 10), Object.fromEntries(headers));
    response.write(head.subarray(end + 4));
  }
  response.end();
}

function nameAndValue(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
