import { AppError, isAppError, newId } from "@flightdeck/core";
import { ERROR_STATUS, errorToWire } from "@flightdeck/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Turns whatever was thrown while a request was answered into its answer. The only place that does. */
export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toAppError(thrown);
  const status = ERROR_STATUS[error.code];
  const facts = { method: request.method, path: loggedPath(request.url), status, code: error.code };
  if (status >= 500) request.log.error({ ...facts, err: thrown }, error.message);
  else request.log.info(facts, error.message);
  if (status === 401) void reply.header("www-authenticate", 'Bearer realm="flightdeck"');
  if (status === 429) void reply.header("retry-after", RETRY_AFTER_SECONDS);
  return reply
    .code(status)
    .type("application/json")
    .send(JSON.stringify(errorToWire(error)));
}

const RETRY_AFTER_SECONDS = 1;

/** The path of a request as logs hold it: without its query, which may be a signature, and without tokens. */
export function loggedPath(url: string): string {
  const [path = ""] = url.split("?", 1);
  return path.replace(/(fd[po]at-)[\w-]*/gi, "$1…");
}

/** What is no `AppError` is either the framework's, which has a status, or a bug, whose details stay in the log. */
function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const refused = frameworkError(thrown);
  if (refused !== undefined) return refused;
  const message = `something went wrong in the server; its log tells more under request id ${newId()}`;
  return new AppError("INTERNAL_ERROR", message, { cause: thrown });
}

function frameworkError(thrown: unknown): AppError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const status: unknown = Reflect.get(thrown, "statusCode");
  if (typeof status !== "number" || status < 400 || status >= 500) return undefined;
  if (Reflect.get(thrown, "code") === "FST_ERR_BAD_URL") {
    return new AppError("BAD_REQUEST", "the path is not valid percent-encoded UTF-8", { cause: thrown });
  }
  if (status === 413)
    return new AppError("MAX_BLOCK_SIZE_EXCEEDED", "the body is too large", { cause: thrown });
  if (thrown instanceof SyntaxError || Reflect.get(thrown, "code") === "FST_ERR_CTP_INVALID_JSON_BODY") {
    return new AppError("MALFORMED_REQUEST", `the body is not valid JSON: ${thrown.message}`, {
      cause: thrown,
    });
  }
  return new AppError("BAD_REQUEST", thrown.message, { cause: thrown });
}
