import { AppError } from "@flightdeck/core";
import { decodeArtifactPath } from "../paths/check-artifact-path.ts";
import type { ArtifactUri, ModelReference } from "./artifact-uri.ts";

/** A logged model's id: `m-` and 32 hex digits, which no name in the registry may be mistaken for. */
const MODEL_ID = /^m-[0-9a-zA-Z]{1,64}$/;

/** Reads what follows `models:`; `uri` is the whole, for the message. */
export function parseModelUri(uri: string, rest: string): ArtifactUri {
  if (!/^\/[^/]/.test(rest)) throw invalidModelUri(uri);
  const [first = "", ...others] = decodeArtifactPath(rest.slice(1)).split("/");
  if (MODEL_ID.test(first))
    return { kind: "models", model: { by: "id", modelId: first }, path: others.join("/") };
  const at = first.indexOf("@");
  if (at >= 0) {
    const model = { by: "alias", name: first.slice(0, at), alias: first.slice(at + 1) } as const;
    if (model.name === "" || model.alias === "") throw invalidModelUri(uri);
    return { kind: "models", model, path: others.join("/") };
  }
  const [version = "", ...inside] = others;
  if (first === "" || version === "") throw invalidModelUri(uri);
  return { kind: "models", model: byVersionOrStage(first, version), path: inside.join("/") };
}

function byVersionOrStage(name: string, text: string): ModelReference {
  return /^\d+$/.test(text) ? { by: "version", name, version: text } : { by: "stage", name, stage: text };
}

function invalidModelUri(uri: string): AppError {
  const message = `Not a proper models:/ URI: ${uri}. Models URIs must be of the form 'models:/<model_id>', 'models:/<name>/<version>', 'models:/<name>/<stage>' or 'models:/<name>@<alias>'.`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
