import type { ReactNode } from "react";

const PATHS = {
  chevron: "M6 4l4 4-4 4",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  check: "M3 8.5l3.2 3.2L13 4.8",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8L14 14",
  plus: "M8 3v10M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  folder: "M1.8 4.2v8.3h12.4V5.6H7.6L6.2 4.2z",
  file: "M4 1.8h5.2L12 4.6v9.6H4zM9 1.8v3h3",
  model: "M8 1.6l5.6 3.2v6.4L8 14.4l-5.6-3.2V4.8zM2.4 4.8L8 8l5.6-3.2M8 8v6.4",
  download: "M8 2v8M4.8 7l3.2 3.2L11.2 7M2.5 13.5h11",
  trash: "M2.5 4.2h11M6 4V2.4h4V4M4 4.4l.6 9.2h6.8l.6-9.2",
  restore: "M3 3v3.5h3.5M3.4 6.4A5.2 5.2 0 1 1 2.9 9.6",
  columns: "M2 2.8h12v10.4H2zM6 2.8v10.4M10 2.8v10.4",
  tree: "M3 2v10.5h4M3 6.5h4M9 6.5h4M9 12.5h4",
  up: "M8 13V3.5M4.2 7L8 3.2 11.8 7",
  down: "M8 3v9.5M4.2 9L8 12.8 11.8 9",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1",
  moon: "M13.4 9.6A5.8 5.8 0 1 1 6.4 2.6a4.6 4.6 0 0 0 7 7z",
  screen: "M1.8 2.8h12.4v8.4H1.8zM5.5 13.8h5",
  alert: "M8 1.8l6.6 12H1.4zM8 6.2v3.6M8 11.6v.4",
  refresh: "M13 3v3.5H9.5M12.6 6.4A5.2 5.2 0 1 0 13.1 9.6",
  external: "M9 2.5h4.5V7M13.2 2.8L7.5 8.5M11.5 9.5v4h-9v-9h4",
  compare: "M5 2.5v11M11 2.5v11M2 5.5h3M2 10.5h3M11 5.5h3M11 10.5h3",
  job: "M1.8 2.8h12.4v10.4H1.8zM4.5 6l2 2-2 2M8 10.4h3.5",
  stop: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM5.8 5.8h4.4v4.4H5.8z",
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing on a 16-unit grid in the text color. Decorative: the text next to it carries the meaning. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
