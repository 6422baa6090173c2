import {
  createExpandedRowModel,
  rowExpandingFeature,
  rowSelectionFeature,
  tableFeatures,
} from "@tanstack/react-table";

/** What the runs table uses of TanStack Table. The server sorts and filters. */
export const runTableFeatures = tableFeatures({
  rowExpandingFeature,
  expandedRowModel: createExpandedRowModel(),
  rowSelectionFeature,
});

export type RunTableFeatures = typeof runTableFeatures;
