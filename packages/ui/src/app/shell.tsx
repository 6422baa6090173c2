import { endpoints } from "@flightdeck/protocol";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useCallback, useEffect, useId, useState } from "react";
import { Dialog } from "../components/controls.tsx";
import { Icon, type IconName } from "../components/icon.tsx";
import { noteRefusal, setToken, useLogin } from "../lib/authorized-fetch.ts";
import { mlflowClient } from "../lib/mlflow-client.ts";
import { QUERY_KEYS } from "../lib/query-keys.ts";
import { THEME_CHOICES, type ThemeChoice, useThemeChoice } from "../lib/settings.ts";
import { LiveIndicator } from "./live-indicator.tsx";

/** The frame around every screen: navigation bar, tools and keyboard shortcuts. */
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
          <span className="brand-name">Flightdeck</span>
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

/** The router owns the address's hash, so we move the focus ourselves. */
function focusMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** The link to the jobs, shown only to users who may see them. */
function JobsNavLink(): ReactNode {
  const isAdmin = useQuery(isAdminQuery()).data;
  return isAdmin === true ? <Link to="/jobs">Jobs</Link> : null;
}

const ADMINS = "admins";

/** Whether the user may manage the entire workspace. Undefined on servers without users, which lack this area too. */
function isAdminQuery() {
  return queryOptions({
    queryKey: [QUERY_KEYS.currentUser],
    queryFn: ({ signal }) => mlflowClient.call(endpoints.getCurrentUser, {}, { signal }),
    select: ({ groups }) => groups.some(({ value }) => value === ADMINS),
    staleTime: Number.POSITIVE_INFINITY, // A new login resets every query.
  });
}

const ICONS: Readonly<Record<ThemeChoice, IconName>> = { system: "screen", light: "sun", dark: "moon" };

/** Cycles through system, light and dark. */
function ThemeToggle(): ReactNode {
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

/** Asks for a token when the server requires one. */
function LoginPrompt(): ReactNode {
  const { token, refusal } = useLogin();
  if (refusal === undefined) return null;
  return <LoginDialog key={token} refusal={refusal} hadToken={token !== undefined} />;
}

type LoginDialogProps = { readonly refusal: string; readonly hadToken: boolean };

function LoginDialog({ refusal, hadToken }: LoginDialogProps): ReactNode {
  const id = useId();
  const queryClient = useQueryClient();
  const [text, setText] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setToken(text.trim());
    void queryClient.resetQueries(); // Never rejects; queries store their errors.
  };
  return (
    <Dialog title="This workspace needs a token" onClose={() => noteRefusal(undefined)}>
      <form className="dialog-body" onSubmit={submit}>
        <div className="field">
          <label htmlFor={`${id}-token`}>Access token</label>
          <input
            id={`${id}-token`}
            className="input"
            type="password"
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-describedby={`${id}-hint`}
            autoComplete="off"
            required
          />
          <span id={`${id}-hint`} className="field-hint">
            {hadToken
              ? refusal
              : "It is kept until you close this tab. Whoever runs the server creates tokens with: flightdeck tokens create"}
          </span>
        </div>
        <div className="dialog-actions">
          <button type="submit" className="button button-primary">
            Log in
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const KEYS: readonly (readonly [keys: readonly string[], action: string])[] = [
  [["/"], "Go to the filter"],
  [["j", "k"], "Next and previous row; after that, the arrow keys too"],
  [["Enter"], "Open the row"],
  [["x"], "Select the row"],
  [["→", "←"], "Show and hide the nested runs"],
  [["Esc"], "Close a dialog"],
  [["?"], "Show this list"],
];

/** Lists the keyboard shortcuts. */
function KeyHelp({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="dialog-body key-list">
        {KEYS.map(([keys, action]) => (
          <div key={action} className="key-line">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{action}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const FILTER = "[data-primary-filter]";
const ROW_LINK = "[data-row-link]";

/**
 * The page's keyboard shortcuts: `/` focuses the filter; `j` and `k` (and the up and down arrows once a row has the
 * focus) move between the rows' links, which Enter opens like any link; `x` selects the row; the left and right arrows
 * close and open its children; `?` shows help. Ignores keys with a modifier and keys typed into a field.
 */
function useShortcuts(onHelp: () => void): void {
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
  const row = document.activeElement?.closest("tr");
  switch (key) {
    case "/":
      return focusElement(document.querySelector<HTMLElement>(FILTER));
    case "j":
      return focusElement(neighbourRow(1));
    case "k":
      return focusElement(neighbourRow(-1));
    case "ArrowDown":
      return hasRowLink(row) && focusElement(neighbourRow(1));
    case "ArrowUp":
      return hasRowLink(row) && focusElement(neighbourRow(-1));
    case "ArrowRight":
      return clickElement(row?.querySelector<HTMLElement>("[aria-expanded=false]"));
    case "ArrowLeft":
      return clickElement(row?.querySelector<HTMLElement>("[aria-expanded=true]"));
    case "x":
      return clickElement(row?.querySelector<HTMLElement>("input[type=checkbox]"));
    case "?":
      onHelp();
      return true;
    default:
      return false;
  }
}

function hasRowLink(row: Element | null | undefined): boolean {
  return row?.querySelector(ROW_LINK) instanceof HTMLElement;
}

/** The link in the next or previous row, or in the first row if none has the focus. */
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

function clickElement(element: HTMLElement | null | undefined): boolean {
  element?.click();
  return element instanceof HTMLElement;
}

/** Whether the focused element needs the key: a field takes every key, a checkbox only the space bar. */
function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.closest("input:not([type=checkbox]), textarea, select, dialog, [role=tablist]") !== null;
}
