import { AppError } from "@flightdeck/core";

/** How the body of an invocation is to be read. */
export type InvocationFormat =
  /** MLflow 2 and later: one object with the field `dataframe_split`, `dataframe_records`, `instances` or `inputs`. */
  | "json"
  /** MLflow 1's `format=pandas-split` and `format=pandas-records`: the bare table; the answer is a bare list. */
  | "pandas-split"
  | "pandas-records"
  | "csv";

/** The answer to a Content-Type that is not understood has status 415, as MLflow's. */
export class UnsupportedContentType extends AppError {
  constructor(message: string) {
    super("BAD_REQUEST", message);
  }
}

const OLD_FORMATS: ReadonlyMap<string, InvocationFormat> = new Map([
  ["pandas-split", "pandas-split"],
  ["pandas-records", "pandas-records"],
]);

/** Reads the header; throws `UnsupportedContentType` for any but UTF-8 JSON and CSV. */
export function parseContentType(header: string | undefined): InvocationFormat {
  if (header === "application/json") return "json"; // By far the most, so before any parsing.
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim());
  const options = new Map(parameters.map(parseParameter));
  const charset = options.get("charset")?.toLowerCase() ?? "utf-8";
  if (charset !== "utf-8" && charset !== "utf8") {
    throw new UnsupportedContentType(`The scoring server only supports UTF-8, got charset ${charset}`);
  }
  if (type.toLowerCase() === "text/csv") return "csv";
  if (type.toLowerCase() === "application/json") return jsonFormat(options.get("format"));
  throw new UnsupportedContentType(
    "This predictor only supports the following content types: application/json, text/csv. " +
      `Got '${header ?? ""}'.`,
  );
}

function parseParameter(parameter: string): [string, string] {
  const [name = "", value = ""] = parameter.split("=", 2);
  return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")];
}

function jsonFormat(format: string | undefined): InvocationFormat {
  if (format === undefined) return "json";
  const known = OLD_FORMATS.get(format);
  if (known !== undefined) return known;
  const allowed = [...OLD_FORMATS.keys()].join(", ");
  throw new UnsupportedContentType(`format of application/json must be one of ${allowed}, got ${format}`);
}
