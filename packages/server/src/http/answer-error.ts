import { AppError, codeOf, isAppError } from "@flightdeck/core";
import { ERROR_STATUS, errorToWire, type ErrorWire } from "@flightdeck/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Socket } from "node:net";

/** Turns anything thrown while handling a request into its response. The only place that does so. */
export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toAppError(thrown, request.id);
  const status = ERROR_STATUS[error.code];
  const facts = {
    requestId: request.id,
    method: request.method,
    path: loggedPath(request.url),
    status,
    code: error.code,
  };
  if (status >= 500) request.log.error({ ...facts, err: thrown }, error.message);
  else request.log.info(facts, error.message);
  if (status === 401) void reply.header("www-authenticate", 'Bearer realm="flightdeck"');
  if (status === 429) void reply.header("retry-after", RETRY_AFTER_SECONDS);
  return reply
    .code(status)
    .type("application/json")
    .send(JSON.stringify(status >= 500 ? withRequestId(error, request.id) : errorToWire(error)));
}

/** Adds the request id, so that an error report can be matched to the server's log. */
function withRequestId(error: AppError, requestId: string): ErrorWire {
  const wire = errorToWire(error);
  return { ...wire, details: { ...wire.details, request_id: requestId } };
}

const RETRY_AFTER_SECONDS = 1;

/** A request's path for the log, without its query, which may contain a signature, and without tokens. */
export function loggedPath(url: string): string {
  const [path = ""] = url.split("?", 1);
  return path.replace(/(fd[po]at-)[\w-]*/gi, "$1…");
}

/** Any other error either comes from the framework and has a status, or is a bug, whose details stay in the log. */
function toAppError(thrown: unknown, requestId: string): AppError {
  if (isAppError(thrown)) return thrown;
  const refused = frameworkError(thrown);
  if (refused !== undefined) return refused;
  const message = `something went wrong in the server; its log tells more under request id ${requestId}`;
  return new AppError("INTERNAL_ERROR", message, { cause: thrown });
}

function frameworkError(thrown: unknown): AppError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const status: unknown = Reflect.get(thrown, "statusCode");
  if (typeof status !== "number" || status < 400 || status >= 500) return undefined;
  if (codeOf(thrown) === "FST_ERR_BAD_URL") {
    return new AppError("BAD_REQUEST", "the path is not valid percent-encoded UTF-8", { cause: thrown });
  }
  if (status === 413)
    return new AppError("MAX_BLOCK_SIZE_EXCEEDED", "the body is too large", { cause: thrown });
  if (thrown instanceof SyntaxError || codeOf(thrown) === "FST_ERR_CTP_INVALID_JSON_BODY") {
    return new AppError("MALFORMED_REQUEST", `the body is not valid JSON: ${thrown.message}`, {
      cause: thrown,
    });
  }
  return new AppError("BAD_REQUEST", thrown.message, { cause: thrown });
}

/** Responds on the raw socket if no valid request arrived, or none in time, and closes the connection. */
export function answerClientError(error: Error, socket: Socket): void {
  const code = codeOf(error);
  if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, says] = whatWentWrong(code);
  const body = JSON.stringify(errorToWire(new AppError("BAD_REQUEST", says)));
  const head = [
    `HTTP/1.1 ${status}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function whatWentWrong(code: string | undefined): [status: string, says: string] {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return ["408 Request Timeout", "the request did not come in time"];
  if (code === "HPE_HEADER_OVERFLOW") {
    return ["431 Request Header Fields Too Large", "the request's headers, with its URL, are too large"];
  }
  return ["400 Bad Request", "the request is not valid HTTP"];
}
