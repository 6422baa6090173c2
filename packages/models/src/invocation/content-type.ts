import { AppError } from "@flightdeck/core";

/** The format of an invocation's body. */
export type InvocationFormat =
  /**
   * MLflow 2 and later: an object with one of the fields `dataframe_split`, `dataframe_records`, `instances` or
   * `inputs`.
   */
  | "json"
  /** MLflow 1's `format=pandas-split` and `format=pandas-records`: a bare table, answered with a bare list. */
  | "pandas-split"
  | "pandas-records"
  | "csv";

/** Answered with status 415, as in MLflow. */
export class UnsupportedContentType extends AppError {
  constructor(message: string) {
    super("BAD_REQUEST", message);
  }
}

const OLD_FORMATS: ReadonlyMap<string, InvocationFormat> = new Map([
  ["pandas-split", "pandas-split"],
  ["pandas-records", "pandas-records"],
]);

/** Parses the header. Throws `UnsupportedContentType` for anything but UTF-8 JSON and CSV. */
export function parseContentType(header: string | undefined): InvocationFormat {
  if (header === "application/json") return "json"; // The most common case by far.
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim());
  const options = new Map(parameters.map(parseParameter));
  const charset = options.get("charset")?.toLowerCase() ?? "utf-8";
  if (charset !== "utf-8" && charset !== "utf8") {
    throw new UnsupportedContentType(`The scoring server only supports UTF-8, got charset ${charset}`);
  }
  const unknown = [...options.keys()].filter((name) => name !== "charset" && name !== "format");
  if (unknown.length > 0) {
    throw new UnsupportedContentType(`Unrecognized content type parameters: ${unknown.join(", ")}.`);
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
