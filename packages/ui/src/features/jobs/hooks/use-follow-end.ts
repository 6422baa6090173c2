import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** A reader who is so near the end means the end. */
const NEAR_END_PX = 24;

export type FollowEnd<TElement extends HTMLElement> = {
  readonly scroller: RefObject<TElement | null>;
  readonly isFollowing: boolean;
  readonly follow: (on: boolean) => void;
  readonly onScroll: () => void;
};

/** Keeps the end of a growing text in sight, until the reader scrolls away from it. */
export function useFollowEnd<TElement extends HTMLElement>(content: unknown): FollowEnd<TElement> {
  const scroller = useRef<TElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  useLayoutEffect(() => {
    const { current } = scroller;
    if (isFollowing && current !== null) current.scrollTop = current.scrollHeight;
  }, [isFollowing, content]);
  const onScroll = useCallback(() => {
    const { current } = scroller;
    if (current === null) return;
    const belowPx = current.scrollHeight - current.scrollTop - current.clientHeight;
    setFollowing(belowPx < NEAR_END_PX);
  }, []);
  return { scroller, isFollowing, follow: setFollowing, onScroll };
}
