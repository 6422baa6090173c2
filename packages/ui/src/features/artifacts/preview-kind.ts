export type PreviewKind = "image" | "csv" | "json" | "text" | "binary";

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  bmp: "image/bmp",
  svg: "image/svg+xml",
};
/** Formats for which a text preview is useless. */
const BINARY = new Set(
  "parquet pkl pickle joblib onnx bin npy npz h5 pt pth safetensors zip gz tar tgz bz2 xz whl so exe pdf ubj".split(
    " ",
  ),
);

/** Guesses from its name how to show a file. One with zero bytes turns out to be binary after all. */
export function previewKind(path: string): PreviewKind {
  const extension = extensionOf(path);
  if (Object.hasOwn(IMAGE_TYPES, extension)) return "image";
  if (extension === "csv" || extension === "tsv") return "csv";
  if (extension === "json" || extension === "ipynb") return "json";
  return BINARY.has(extension) ? "binary" : "text";
}

/** The media type of an image by its name, regardless of the server's Content-Type. */
export function imageMediaType(path: string): string {
  return IMAGE_TYPES[extensionOf(path)] ?? "application/octet-stream";
}

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "";
}

export type CsvTable = { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };

type CsvOptions = { readonly separator: string; readonly rowsMax: number };

/**
 * Parses the first rows of a CSV text (RFC 4180) for a preview. The first line is the header. Never throws; an unclosed
 * quote extends to the end of the text.
 */
export function parseCsv(text: string, { separator, rowsMax }: CsvOptions): CsvTable {
  const records: string[][] = [];
  let fields: string[] = [];
  let field = "";
  let isQuoted = false;
  const endField = (): void => {
    fields.push(field);
    field = "";
  };
  const endRecord = (): void => {
    endField();
    if (fields.length > 1 || fields[0] !== "") records.push(fields);
    fields = [];
  };
  for (let index = 0; index < text.length && records.length <= rowsMax; index += 1) {
    const char = text[index];
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text[index + 1] === '"') {
        field += '"';
        index += 1;
      } else isQuoted = false;
    } else if (char === '"' && field === "") isQuoted = true;
    else if (char === separator) endField();
    else if (char === "\n") endRecord();
    else if (char !== "\r" || text[index + 1] !== "\n") field += char;
  }
  if (records.length <= rowsMax && (field !== "" || fields.length > 0)) endRecord();
  const [header = [], ...rows] = records;
  return { header, rows: rows.slice(0, rowsMax) };
}
