import { useSyncExternalStore } from "react";

/** Reads a setting that this browser stores. If storage is forbidden, there are no settings. */
export function readLocalSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(storageKey(name)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a setting; undefined removes it. */
export function writeLocalSetting(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(storageKey(name));
    else localStorage.setItem(storageKey(name), value);
  } catch {
    // Storage is full or forbidden: the setting lasts as long as the page.
  }
}

function storageKey(name: string): string {
  return `flightdeck.${name}`;
}

export const THEME_CHOICES = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const SETTING = "theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice: ThemeChoice = parseChoice(readLocalSetting(SETTING));

/** Applies the user's theme, or follows the system's if none is chosen. Call once, before the first paint. */
export function startTheme(): void {
  applyTheme();
  prefersDark.addEventListener("change", applyTheme);
}

/** The user's choice and a function to change it. */
export function useThemeChoice(): readonly [ThemeChoice, (choice: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, () => choice), chooseTheme];
}

/** The theme in use. Charts draw their own colors and redraw when it changes. */
export function useShownTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, shownTheme);
}

function chooseTheme(next: ThemeChoice): void {
  choice = next;
  writeLocalSetting(SETTING, next === "system" ? undefined : next);
  applyTheme();
}

function applyTheme(): void {
  document.documentElement.dataset["theme"] = shownTheme();
  for (const listener of listeners) listener();
}

function shownTheme(): "light" | "dark" {
  if (choice !== "system") return choice;
  return prefersDark.matches ? "dark" : "light";
}

function parseChoice(text: string | undefined): ThemeChoice {
  return THEME_CHOICES.find((name) => name === text) ?? "system";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
