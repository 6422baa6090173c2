import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "@flightdeck/core";
import { type Document, isScalar, parseDocument, stringify, visit } from "yaml";
import { type MlModel, mlModelFromWire, mlModelSchema, mlModelToWire } from "./ml-model.ts";

/** The file's name, by which every MLflow tool knows a model folder. */
export const ML_MODEL_FILE = "MLmodel";

/** Signatures of thousands of columns stay far below; a larger file is no MLmodel. */
const FILE_BYTES_MAX = 16 * 2 ** 20;

/**
 * Reads the MLmodel file of a model folder. Throws `RESOURCE_DOES_NOT_EXIST` when the folder has none and
 * `INVALID_PARAMETER_VALUE`, naming the key, when it cannot be understood.
 */
export async function readMlModel(dir: string): Promise<MlModel> {
  const path = join(dir, ML_MODEL_FILE);
  return parseMlModel(await readText(dir, path), path);
}

export async function writeMlModel(dir: string, model: MlModel): Promise<void> {
  await writeFile(join(dir, ML_MODEL_FILE), formatMlModel(model));
}

/** Parses the file's YAML text; `shown` names it in errors. */
export function parseMlModel(text: string, shown: string): MlModel {
  const parsed = mlModelSchema.safeParse(parseYaml(text, shown));
  if (parsed.success) return mlModelFromWire(parsed.data);
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: "" };
  throw new AppError("INVALID_PARAMETER_VALUE", `${shown}: ${path.map(String).join(".")}: ${message}`);
}

/** The file's YAML text, keys in MLflow's (alphabetical) order. PyYAML reads YAML 1.1, where more texts need quotes. */
export function formatMlModel(model: MlModel): string {
  return stringify(mlModelToWire(model), { version: "1.1", sortMapEntries: true, lineWidth: 0 });
}

function parseYaml(text: string, shown: string): unknown {
  try {
    // The last of two keys counts, as in PyYAML; the parser's own check compares each key with all before it.
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

/** A list or mapping as a key would be written out as text: a kilobyte of them within each other takes minutes. */
function requireTextKeys(document: Document): void {
  visit(document, {
    Pair: (_, { key }) => {
      if (key !== null && !isScalar(key)) throw new AppError("INVALID_PARAMETER_VALUE", "keys must be texts");
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
