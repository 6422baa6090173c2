import { AppError, invalid } from "@flightdeck/core";
import { VERSION } from "@flightdeck/protocol";
import { infer, modelMetadata } from "../inference/infer.ts";
import type { Model } from "../model.ts";
import { type Asked, type Context, decodedName, type HttpAnswer, invoke, text } from "./invoke.ts";

const V2_MODEL = /^\/v2\/models\/(?<name>[^/?]+)(?<action>\/infer|\/ready)?$/;

/** The routes of the Open Inference Protocol, version 2. */
export async function answerV2(asked: Asked, context: Context): Promise<HttpAnswer> {
  const { method, url = "" } = asked.request;
  if (method === "GET" && url === "/v2") return text(JSON.stringify(SERVER_METADATA));
  if (method === "GET" && url === "/v2/health/live") return text("{}");
  if (method === "GET" && url === "/v2/health/ready") {
    if (context.isClosing) throw new AppError("TEMPORARILY_UNAVAILABLE", "the server is stopping");
    return text("{}");
  }
  const { name: encoded, action = "" } = V2_MODEL.exec(url)?.groups ?? {};
  const name = encoded === undefined ? undefined : decodedName(encoded);
  if (name !== undefined && method === "POST" && action === "/infer") {
    return await invoke(name, asked, context, (model, body) => inferAnswer(name, model, body, asked));
  }
  if (name !== undefined && method === "GET" && action !== "/infer") {
    const model = context.models.get(name);
    return text(action === "/ready" ? "{}" : JSON.stringify(modelMetadata(name, model)));
  }
  const message = `${method} ${url} is not served; POST /v2/models/NAME/infer, GET /v2, /v2/health/live, /v2/health/ready, /v2/models/NAME, /v2/models/NAME/ready are`;
  throw new AppError("ENDPOINT_NOT_FOUND", message);
}

const SERVER_METADATA = { name: "flightdeck", version: VERSION, extensions: ["binary_tensor_data"] } as const;

/** The length of a body's JSON part if binary tensors follow. */
const HEADER_LENGTH = "Inference-Header-Content-Length";

async function inferAnswer(
  name: string,
  model: Model,
  body: Buffer,
  { request, gone }: Asked,
): Promise<HttpAnswer> {
  const { "content-encoding": encoding = "identity", [HEADER_LENGTH.toLowerCase()]: sent } = request.headers;
  if (encoding !== "identity") throw invalid(`Content-Encoding must be identity, got ${encoding}`);
  const headerLength = sent?.toString();
  const answer = await infer(name, model, { body, headerLength, signal: gone });
  if (answer.headerLength === undefined) return text(answer.body);
  const headers = { [HEADER_LENGTH]: String(answer.headerLength) };
  return { status: 200, contentType: "application/octet-stream", body: answer.body, headers };
}
