import type { FileInfo } from "@flightdeck/protocol";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { QueryView } from "../../components/query-view.tsx";
import { formatBytes, formatCount } from "../../lib/format.ts";
import {
  IMAGE_BYTES_MAX,
  imageQuery,
  PREVIEW_BYTES_MAX,
  type TextStart,
  textStartQuery,
} from "./artifact-queries.ts";
import { type ArtifactPlace, baseName } from "./artifact-root.ts";
import { parseCsv, previewKind } from "./preview-kind.ts";

type PreviewProps = { readonly place: ArtifactPlace; readonly file: FileInfo };

/** Previews an image, a table or text. Never loads more than the first part of a file and never runs anything in it. */
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
    return text; // Not JSON after all; show it unchanged.
  }
}

const ROWS_SHOWN_MAX = 200;
const COLUMNS_SHOWN_MAX = 60;

/** The first rows of a CSV file as a table. */
function CsvPreview({ text, separator }: { readonly text: string; readonly separator: string }): ReactNode {
  const { header, rows } = useMemo(
    () => parseCsv(text, { separator, rowsMax: ROWS_SHOWN_MAX }),
    [text, separator],
  );
  const hiddenCount = header.length - COLUMNS_SHOWN_MAX;
  return (
    <>
      <div className="csv-preview" tabIndex={0} role="region" aria-label="Table">
        <table className="table">
          <caption className="visually-hidden">First rows</caption>
          <thead>
            <tr>
              <td className="muted number row-number">#</td>
              {header.slice(0, COLUMNS_SHOWN_MAX).map((name, index) => (
                <th key={index} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                <td className="muted number row-number">{index + 1}</td>
                {row.slice(0, COLUMNS_SHOWN_MAX).map((value, column) => (
                  <td key={column}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted panel-empty">
        {rows.length === ROWS_SHOWN_MAX
          ? `The first ${formatCount(ROWS_SHOWN_MAX)} rows.`
          : `${rows.length} rows.`}
        {hiddenCount > 0 && ` ${formatCount(hiddenCount)} columns are not shown.`}
      </p>
    </>
  );
}
