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
/** Formats that no text view helps with. */
const BINARY = new Set(
  "parquet pkl pickle joblib onnx bin npy npz h5 pt pth safetensors zip gz tar tgz bz2 xz whl so exe pdf ubj".split(
    " ",
  ),
);

/** How a file can be shown, as far as its name tells; what turns out to hold zero bytes is binary after all. */
export function previewKind(path: string): PreviewKind {
  const extension = extensionOf(path);
  if (extension in IMAGE_TYPES) return "image";
  if (extension === "csv" || extension === "tsv") return "csv";
  if (extension === "json" || extension === "ipynb") return "json";
  return BINARY.has(extension) ? "binary" : "text";
}

/** The media type under which a browser shows an image, whatever the server calls the file. */
export function imageMediaType(path: string): string {
  return IMAGE_TYPES[extensionOf(path)] ?? "application/octet-stream";
}

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "";
}
