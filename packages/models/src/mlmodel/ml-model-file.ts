import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "@flightdeck/core";
import { type Document, isScalar, parseDocument, stringify, visit } from "yaml";
import { type MlModel, mlModelFromWire, mlModelSchema, mlModelToWire } from "./ml-model.ts";

/** Every MLflow tool recognizes a model folder by this file. */
export const ML_MODEL_FILE = "MLmodel";

/** Signatures with thousands of columns are far smaller; anything larger is not an MLmodel file. */
const FILE_BYTES_MAX = 16 * 2 ** 20;

/**
 * Reads the MLmodel file of a model folder. Throws `RESOURCE_DOES_NOT_EXIST` if there is none, and
 * `INVALID_PARAMETER_VALUE`, naming the key, if it is invalid.
 */
export async function readMlModel(dir: string): Promise<MlModel> {
  const path = join(dir, ML_MODEL_FILE);
  return parseMlModel(await readText(dir, path), path);
}

export async function writeMlModel(dir: string, model: MlModel): Promise<void> {
  await writeFile(join(dir, ML_MODEL_FILE), formatMlModel(model));
}

/** Parses the file's YAML. `shown` is its name in error messages. */
export function parseMlModel(text: string, shown: string): MlModel {
  const parsed = mlModelSchema.safeParse(parseYaml(text, shown));
  if (parsed.success) return mlModelFromWire(parsed.data);
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: "" };
  throw new AppError("INVALID_PARAMETER_VALUE", `${shown}: ${path.map(String).join(".")}: ${message}`);
}

/**
 * Formats the file as YAML, keys in MLflow's (alphabetical) order. PyYAML reads YAML 1.1, where more strings need
 * quotes.
 */
export function formatMlModel(model: MlModel): string {
  return stringify(mlModelToWire(model), { version: "1.1", sortMapEntries: true, lineWidth: 0 });
}

function parseYaml(text: string, shown: string): unknown {
  try {
    // The last duplicate key wins, as in PyYAML. The parser's own check is quadratic: it compares each key with all
    // earlier ones.
    const document = parseDocument(text, { logLevel: "silent", uniqueKeys: false });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    requireTextKeys(document);
    return document.toJS();
  } catch (cause) {
    const message = `${shown} is not YAML: ${messageOf(cause).split("\n")[0]}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

/** Lists or mappings as keys would be serialized to text: a kilobyte of nested ones takes minutes. */
function requireTextKeys(document: Document): void {
  visit(document, {
    Pair: (_, { key }) => {
      if (key !== null && !isScalar(key))
        throw new AppError("INVALID_PARAMETER_VALUE", "keys must be scalars");
    },
  });
}

async function readText(dir: string, path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= FILE_BYTES_MAX) return await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError(
      "RESOURCE_DOES_NOT_EXIST",
      `${dir} is no model folder: it has no readable MLmodel file`,
      {
        cause,
      },
    );
  }
  throw new AppError("INVALID_PARAMETER_VALUE", `${path} must have at most ${FILE_BYTES_MAX} bytes`);
}
