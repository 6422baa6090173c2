import { type ReactNode, useState } from "react";
import { chartCsv, chartSvg, type ExportChart, fileName, saveFile, svgToPng } from "../lib/export.ts";
import { messageOf } from "../lib/mlflow-text.ts";
import { shownText } from "../lib/names.ts";
import { Popover } from "./controls.tsx";
import { Icon } from "./icon.tsx";

type ExportMenuProps = {
  /** Called when the user exports. */
  readonly chart: () => ExportChart;
  readonly title: string;
};

const KINDS = ["png", "svg", "csv"] as const;
type Kind = (typeof KINDS)[number];

const EXPORTS: Readonly<Record<Kind, (chart: ExportChart) => Blob | Promise<Blob>>> = {
  png: (chart) => svgToPng(chartSvg(chart)),
  svg: (chart) => new Blob([chartSvg(chart)], { type: "image/svg+xml" }),
  csv: (chart) => new Blob([chartCsv(chart)], { type: "text/csv" }),
};

/** Exports a chart as an image, a vector drawing or a table. */
export function ExportMenu({ chart, title }: ExportMenuProps): ReactNode {
  const [error, setError] = useState<unknown>();
  const save = async (kind: Kind): Promise<void> => {
    setError(undefined);
    saveFile(fileName(title, kind), await EXPORTS[kind](chart()));
  };
  return (
    <Popover
      label={`Save ${shownText(title)}`}
      isSmall
      button={
        <>
          <Icon name="download" size={14} />
          <span className="visually-hidden">Save the chart of {shownText(title)}</span>
        </>
      }
    >
      <div className="export-menu">
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            className="button button-small"
            onClick={() => void save(kind).catch(setError)} // Shown below.
          >
            {kind.toUpperCase()}
          </button>
        ))}
        {error !== undefined && <p role="alert">{messageOf(error)}</p>}
      </div>
    </Popover>
  );
}
