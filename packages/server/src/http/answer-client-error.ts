import { AppError } from "@flightdeck/core";
import { errorToWire } from "@flightdeck/protocol";
import type { Socket } from "node:net";

/** Answers what is no HTTP request, or none that was sent in time, and hangs up. There is no request to answer yet. */
export function answerClientError(error: Error, socket: Socket): void {
  const code: unknown = Reflect.get(error, "code");
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

function whatWentWrong(code: unknown): [status: string, says: string] {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return ["408 Request Timeout", "the request did not come in time"];
  if (code === "HPE_HEADER_OVERFLOW") {
    return ["431 Request Header Fields Too Large", "the request's headers, with its URL, are too large"];
  }
  return ["400 Bad Request", "the request is no valid HTTP"];
}
