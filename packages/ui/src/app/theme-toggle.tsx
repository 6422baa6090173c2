import type { ReactNode } from "react";
import { Icon, type IconName } from "../components/icon.tsx";
import { THEME_CHOICES, type ThemeChoice, useThemeChoice } from "./theme.ts";

const ICONS: Readonly<Record<ThemeChoice, IconName>> = { system: "screen", light: "sun", dark: "moon" };

/** Goes round system, light and dark. */
export function ThemeToggle(): ReactNode {
  const [choice, choose] = useThemeChoice();
  const next = THEME_CHOICES[(THEME_CHOICES.indexOf(choice) + 1) % THEME_CHOICES.length] ?? "system";
  const label = `Theme: ${choice}. Change to ${next}`;
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      onClick={() => choose(next)}
    >
      <Icon name={ICONS[choice]} />
    </button>
  );
}
