import type { FileInfo } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { QueryView } from "../../../components/query-view.tsx";
import { formatBytes } from "../../../lib/format-bytes.ts";
import {
  IMAGE_BYTES_MAX,
  imageQuery,
  PREVIEW_BYTES_MAX,
  type TextStart,
  textStartQuery,
} from "../api/artifact-queries.ts";
import { type ArtifactPlace, baseName } from "../artifact-root.ts";
import { previewKind } from "../preview-kind.ts";
import { CsvPreview } from "./csv-preview.tsx";

type PreviewProps = { readonly place: ArtifactPlace; readonly file: FileInfo };

/** A look into a file: an image, a table or text, never more than its first part, and never anything that runs. */
export function ArtifactPreview({ place, file }: PreviewProps): ReactNode {
  const kind = previewKind(file.path);
  if (kind === "binary") return <NoPreview reason="There is no preview of this format." />;
  if (kind !== "image") return <TextPreview place={place} file={file} />;
  if ((file.fileSizeBytes ?? 0) > IMAGE_BYTES_MAX) {
    return <NoPreview reason={`Images over ${formatBytes(IMAGE_BYTES_MAX)} are not shown here.`} />;
  }
  return <ImagePreview place={place} file={file} />;
}

function ImagePreview({ place, file }: PreviewProps): ReactNode {
  const query = useQuery(imageQuery(place));
  return (
    <QueryView query={query} what="the image" skeletonCount={4}>
      {(blob) => <BlobImage blob={blob} alt={baseName(file.path)} />}
    </QueryView>
  );
}

function BlobImage({ blob, alt }: { readonly blob: Blob; readonly alt: string }): ReactNode {
  const [address, setAddress] = useState<string | undefined>();
  useEffect(() => {
    const created = URL.createObjectURL(blob);
    setAddress(created);
    return () => URL.revokeObjectURL(created);
  }, [blob]);
  return <div className="image-preview">{address !== undefined && <img src={address} alt={alt} />}</div>;
}

function TextPreview({ place, file }: PreviewProps): ReactNode {
  const query = useQuery(textStartQuery(place));
  return (
    <QueryView query={query} what="the file" skeletonCount={6}>
      {(start) => <TextStartView start={start} file={file} />}
    </QueryView>
  );
}

function TextStartView({ start, file }: { readonly start: TextStart; readonly file: FileInfo }): ReactNode {
  const kind = previewKind(file.path);
  const text = useMemo(
    () => (kind === "json" && start.isWhole ? indentJson(start.text) : start.text),
    [kind, start],
  );
  if (start.isBinary) return <NoPreview reason="This file is not text." />;
  if (start.text === "") return <NoPreview reason="This file is empty." />;
  const ofWhole = file.fileSizeBytes === undefined ? "" : ` of ${formatBytes(file.fileSizeBytes)}`;
  return (
    <>
      {!start.isWhole && (
        <p className="preview-cut">
          The first {formatBytes(PREVIEW_BYTES_MAX)}
          {ofWhole}. Download it to see all.
        </p>
      )}
      {kind === "csv" ? (
        <CsvPreview text={start.text} separator={file.path.toLowerCase().endsWith(".tsv") ? "\t" : ","} />
      ) : (
        <pre className="text-preview" tabIndex={0}>
          {text}
        </pre>
      )}
    </>
  );
}

function NoPreview({ reason }: { readonly reason: string }): ReactNode {
  return <p className="muted panel-empty">{reason} Download it to open it with another program.</p>;
}

function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text; // Not JSON after all: it is shown as it is.
  }
}
