import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useRef } from "react";

const ROW_HEIGHT_PX = 34; // --row-height.
const OVERSCAN_ROWS = 12;
/** So many rows before the end the next page is fetched, so that scrolling does not wait. */
const END_MARGIN_ROWS = 40;

type VirtualRowsInput = {
  readonly count: number;
  readonly keyOf: (index: number) => string | number;
  /** The reader has scrolled near the last row. */
  readonly onEndReached: (() => void) | undefined;
  /** A change of this begins at the first row again. */
  readonly resetKey: string | undefined;
};

export type VirtualRows = {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** The rows to put into the document. */
  readonly items: readonly VirtualItem[];
  /** The room that the rows above and below them would take. */
  readonly spaceBeforePx: number;
  readonly spaceAfterPx: number;
};

/** Which of many rows of one height are in sight. */
export function useVirtualRows({ count, keyOf, onEndReached, resetKey }: VirtualRowsInput): VirtualRows {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    getItemKey: keyOf,
    overscan: OVERSCAN_ROWS,
  });
  const items = virtualizer.getVirtualItems();
  // Only for a reader who scrolls: folded families are short, and would fetch page after page by themselves.
  const isScrolled = (virtualizer.scrollOffset ?? 0) > 0;
  const isNearEnd = (items.at(-1)?.index ?? 0) >= count - END_MARGIN_ROWS;
  useEffect(() => {
    if (isScrolled && isNearEnd) onEndReached?.();
  }, [isScrolled, isNearEnd, count, onEndReached]);
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [resetKey]);
  return {
    scroller,
    items,
    spaceBeforePx: items[0]?.start ?? 0,
    spaceAfterPx: virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0),
  };
}
