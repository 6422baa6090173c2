import { useEffect } from "react";

const FILTER = "[data-primary-filter]";
const ROW_LINK = "[data-row-link]";

/**
 * The page's keys: `/` goes to the filter, `j` and `k` walk the rows' links (Enter then opens one, as for any link),
 * `?` explains. Keys with a modifier and keys typed into a field are left alone.
 */
export function useShortcuts(onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!runShortcut(event.key, onHelp)) return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onHelp]);
}

function runShortcut(key: string, onHelp: () => void): boolean {
  if (key === "/") return focusElement(document.querySelector<HTMLElement>(FILTER));
  if (key === "j") return focusElement(neighbourRow(1));
  if (key === "k") return focusElement(neighbourRow(-1));
  if (key === "?") onHelp();
  return key === "?";
}

/** The next or previous row's link; the first when no row has the focus. */
function neighbourRow(step: 1 | -1): HTMLElement | null {
  const links = [...document.querySelectorAll<HTMLElement>(ROW_LINK)];
  const focusedRow = document.activeElement?.closest("tr")?.querySelector<HTMLElement>(ROW_LINK);
  const index = focusedRow ? links.indexOf(focusedRow) : -1;
  return (index < 0 ? links[0] : links[index + step]) ?? null;
}

function focusElement(element: HTMLElement | null): boolean {
  element?.focus();
  return element !== null;
}

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, dialog") !== null;
}
