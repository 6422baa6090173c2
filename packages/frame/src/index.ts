export { frameFromArrow, frameToArrow } from "./arrow.ts";
export {
  type CategoryColumn,
  type Cell,
  cellAt,
  type Column,
  type ColumnValues,
  type Dtype,
  MISSING_CATEGORY,
  toCategory,
} from "./column.ts";
export { frameFromCsv, type FrameFromCsvOptions } from "./csv/frame-from-csv.ts";
export { readCsv, type ReadCsvOptions } from "./csv/read-csv.ts";
export { Frame, type RowTable, type SplitOptions } from "./frame.ts";
export { readParquet, type ReadParquetOptions, type ReadProgress } from "./parquet/read-parquet.ts";
export type { ByteSource, OpenOptions } from "./sources/byte-source.ts";
export type { DiskCacheOptions } from "./sources/disk-cache.ts";
