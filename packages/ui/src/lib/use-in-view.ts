import { type RefObject, useEffect, useRef, useState } from "react";

/** Things are prepared half a screen before they come into sight. */
const MARGIN = "400px";

/** Whether an element has come near the visible part of the page; stays true afterwards. */
export function useInView<TElement extends Element>(): readonly [RefObject<TElement | null>, boolean] {
  const element = useRef<TElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (current === null || seen) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: MARGIN },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, [seen]);
  return [element, seen];
}
