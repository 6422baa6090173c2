/** What a preview may need to tell apart. Everything that a browser could run is text here. */
const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  bmp: "image/bmp",
  svg: "image/svg+xml", // Runs no script where an <img> shows it; opened alone, the sandbox stops it.
  pdf: "application/pdf",
  mp4: "video/mp4",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  zip: "application/zip",
  gz: "application/gzip",
  geojson: "application/geo+json",
};

/** MLflow's list of what it shows as text, with HTML added: shown as its source, it runs nothing. */
const TEXT = new Set(
  "txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb jsonnet ts html htm xhtml css mlmodel mlproject".split(
    " ",
  ),
);

/** The content type to serve an artifact by, from its name alone. */
export function contentTypeOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const extension = name.slice(name.lastIndexOf(".") + 1); // The whole name when it has no dot: "mlmodel".
  if (TEXT.has(extension)) return "text/plain; charset=utf-8";
  return TYPES[extension] ?? "application/octet-stream";
}
