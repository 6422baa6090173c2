import { Link, Outlet } from "@tanstack/react-router";
import { type ReactNode, useCallback, useState } from "react";
import { LoginPrompt } from "../features/login/components/login-prompt.tsx";
import { LiveIndicator } from "../features/live/live-indicator.tsx";
import { JobsNavLink } from "./jobs-nav-link.tsx";
import { KeyHelp } from "./key-help.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

/** What surrounds every screen: the bar with its places, the tools, the keys. */
export function Shell(): ReactNode {
  const [helpShown, setHelpShown] = useState(false);
  useShortcuts(useCallback(() => setHelpShown(true), []));
  return (
    <div className="shell">
      <header className="top-bar">
        <a className="skip-link" href="#main" onClick={focusMain}>
          Skip to content
        </a>
        <Link to="/experiments" className="brand">
          <img src="./favicon.svg" width={22} height={22} alt="" />
          Flightdeck
        </Link>
        <nav className="top-nav" aria-label="Main">
          <Link to="/experiments">Experiments</Link>
          <Link to="/models">Models</Link>
          <JobsNavLink />
        </nav>
        <div className="top-tools">
          <LiveIndicator />
          <button
            type="button"
            className="icon-button"
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
            onClick={() => setHelpShown(true)}
          >
            ?
          </button>
          <ThemeToggle />
        </div>
      </header>
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
      <LoginPrompt />
      {helpShown && <KeyHelp onClose={() => setHelpShown(false)} />}
    </div>
  );
}

/** The address's hash belongs to the router, so the jump is made by hand. */
function focusMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
