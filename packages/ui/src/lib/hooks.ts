import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from "react";

/** Relative times need no finer updates. */
const TICK_MS = 10_000;

let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** The current time, updated every ten seconds by a single timer for the entire page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

const SECOND_MS = 1000;

/** The current time, updated every second while `isGoingOn`, for showing a running duration. */
export function useSeconds(isGoingOn: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!isGoingOn) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [isGoingOn]);
  return nowMs;
}

/** A pause in typing: longer than between two keystrokes, shorter than a user notices. */
const PAUSE_MS = 200;

/** The value once it has stopped changing. */
export function useDebouncedValue<TValue>(value: TValue): TValue {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/**
 * An element's current width in pixels; 0 until it is known. Drawings are sized to it, so that texts keep their size.
 */
export function useWidth<TElement extends Element>(): readonly [RefObject<TElement | null>, number] {
  const element = useRef<TElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}

/** Content starts loading half a screen before it is visible. */
const IN_VIEW_MARGIN = "400px";

/** Whether an element has come close to the viewport. Stays true afterwards. */
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
      { rootMargin: IN_VIEW_MARGIN },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, [seen]);
  return [element, seen];
}
