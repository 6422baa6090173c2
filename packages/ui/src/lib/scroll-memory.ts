import type { RouterHistory } from "@tanstack/react-router";
import { type RefObject, useEffect } from "react";

/*
 * Restores scroll positions when the user goes back. The browser does this only for the document, but here elements
 * scroll. So positions are stored by address and restored on Back or Forward.
 */

const offsets = new Map<string, number>();
/** More addresses than anyone goes back to. */
const OFFSETS_MAX = 200;
let isGoingBack = false;

/** Tracks whether the user arrives by Back or Forward or by a link. Call once, before the router starts. */
export function startScrollMemory({ subscribe }: RouterHistory): void {
  subscribe(({ action }) => {
    isGoingBack = action.type === "BACK" || action.type === "FORWARD" || action.type === "GO";
  });
}

/** The element's position when the user left this address; 0 if they arrive by a link. */
export function rememberedOffset(name: string): number {
  return isGoingBack ? (offsets.get(keyOf(name)) ?? 0) : 0;
}

/** Stores an element's scroll position for the current address. `name` distinguishes elements on the same screen. */
export function useScrollMemory(element: RefObject<HTMLElement | null>, name: string): void {
  const key = keyOf(name);
  useEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const note = (): void => {
      // The router changes the address before the screen; ignore what the old screen does in between.
      if (keyOf(name) !== key) return;
      offsets.delete(key);
      offsets.set(key, current.scrollTop);
      const [oldest] = offsets.keys();
      if (offsets.size > OFFSETS_MAX && oldest !== undefined) offsets.delete(oldest);
    };
    current.addEventListener("scroll", note, { passive: true });
    return () => current.removeEventListener("scroll", note);
  }, [element, name, key]);
}

function keyOf(name: string): string {
  return `${name} ${location.hash}`;
}
