import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { serverUrl } from "../lib/mlflow-client.ts";
import { ErrorNotice, SkeletonRows } from "./query-view.tsx";

/** Delay between checks whether the server is back. */
const RETRY_MS = 1500;
/** Reloads the page at most this often; more would only flicker. */
const RELOAD_MS_MIN = 30_000;
const RELOADED_AT = "flightdeck.reloaded-at";

type LazyPart<TProps> = ((props: TProps) => ReactNode) & {
  /** Preloads the code, e.g. when the user points at a link. Never rejects: the component itself shows the error. */
  readonly preload: () => Promise<void>;
};

/**
 * Creates a component whose code is loaded when it is first shown. If loading fails, the rest of the page stays, and
 * the component appears as soon as the server responds again. `React.lazy` caches a failure forever, and the router's
 * version reloads the page, which leaves the browser's error page while the server is down.
 */
export function lazyPart<TProps extends object>(
  load: () => Promise<ComponentType<TProps>>,
  placeholder: ReactNode = <SkeletonRows label="Loading" />,
): LazyPart<TProps> {
  let Loaded: ComponentType<TProps> | undefined;
  const fetchPart = async (): Promise<void> => {
    Loaded = await load();
  };
  const Part = (props: TProps): ReactNode => {
    const error = useLoading(Loaded === undefined, fetchPart);
    if (Loaded !== undefined) return <Loaded {...props} />;
    return error === undefined ? placeholder : <NotLoaded error={error} />;
  };
  const preload = async (): Promise<void> => {
    if (Loaded === undefined) await fetchPart().catch(() => undefined);
  };
  return Object.assign(Part, { preload });
}

/** Retries until loading succeeds. Returns the latest error until then. */
function useLoading(isWanted: boolean, fetchPart: () => Promise<void>): unknown {
  const [outcome, setOutcome] = useState<{ readonly error?: unknown }>({});
  useEffect(() => {
    if (!isWanted) return undefined;
    const ending = new AbortController();
    const { signal } = ending;
    const loadAtLast = async (): Promise<void> => {
      for (let tries = 1; !signal.aborted; tries += 1) {
        try {
          await fetchPart();
          if (!signal.aborted) setOutcome({});
          return;
        } catch (error) {
          if (signal.aborted) return;
          setOutcome({ error });
          // The server responds but the code still does not load: it belongs to another version of the page.
          if (tries > 1 && (await isServerThere())) reloadPage();
          await new Promise((wake) => setTimeout(wake, RETRY_MS));
        }
      }
    };
    void loadAtLast(); // Never rejects.
    return () => ending.abort();
  }, [isWanted, fetchPart]);
  return outcome.error;
}

function NotLoaded({ error }: { readonly error: unknown }): ReactNode {
  return (
    <div className="page">
      <ErrorNotice
        error={error}
        what="This part of the page could not be loaded. It loads as soon as the server answers."
      />
    </div>
  );
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch(`${serverUrl}/`, { method: "HEAD", cache: "no-store" })).status < 500;
  } catch {
    return false;
  }
}

/** The browser caches failed module loads; only a new document retries them. */
function reloadPage(): void {
  const last = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
  if (Date.now() - last < RELOAD_MS_MIN) return;
  sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  location.reload();
}
