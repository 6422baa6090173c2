import { useSyncExternalStore } from "react";
import { readLocalSetting, writeLocalSetting } from "../lib/local-setting.ts";

export const THEME_CHOICES = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const SETTING = "theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice: ThemeChoice = parseChoice(readLocalSetting(SETTING));

/** Shows the reader's theme and follows the system's while none is chosen. Called once, before the first paint. */
export function startTheme(): void {
  applyTheme();
  prefersDark.addEventListener("change", applyTheme);
}

/** The reader's choice and how to change it. */
export function useThemeChoice(): readonly [ThemeChoice, (choice: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, () => choice), chooseTheme];
}

/** The theme on screen; charts, which draw their own colours, redraw when it changes. */
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
