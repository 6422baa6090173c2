import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { foreignMap, longText, requiredText } from "../scalars.ts";

const text = longText.optional();

export const librarySchema = z.object({
  pypi: z.object({ package: requiredText, repo: text }).optional(),
  whl: text,
  egg: text,
  jar: text,
  requirements: text,
  maven: foreignMap.optional(),
  cran: foreignMap.optional(),
});
export type LibraryWire = z.output<typeof librarySchema>;

/** What a task finds installed: a requirement of PyPI, or a wheel in DBFS. */
export type Library =
  | { readonly pypi: { readonly package: string; readonly repo?: string } }
  | { readonly whl: string };

export function libraryToWire(library: Library): LibraryWire {
  return "pypi" in library ? { pypi: { ...library.pypi } } : { whl: library.whl };
}

/** Throws `INVALID_PARAMETER_VALUE`, with its kind, for a library that cannot be installed here. */
export function libraryFromWire(wire: LibraryWire): Library {
  const kinds = Object.entries(wire).flatMap(([kind, value]) => (value === undefined ? [] : [kind]));
  const [kind = "none"] = kinds;
  if (kinds.length !== 1) throw refused(`a library names one kind, got ${kinds.join(", ") || "none"}`);
  if (wire.pypi !== undefined) {
    const { package: name, repo } = wire.pypi;
    return { pypi: { package: name, ...(repo !== undefined && { repo }) } };
  }
  if (wire.whl === undefined) {
    throw refused(
      `libraries of kind '${kind}' cannot be installed here; use pypi, or whl for a wheel in DBFS`,
    );
  }
  if (!WHEEL.test(wire.whl)) {
    throw refused(`a whl library must be a wheel in DBFS, 'dbfs:/….whl', got ${JSON.stringify(wire.whl)}`);
  }
  return { whl: wire.whl };
}

const WHEEL = /^dbfs:\/.+\.whl$/;

function refused(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
