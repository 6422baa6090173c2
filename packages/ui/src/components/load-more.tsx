import type { ReactNode } from "react";

type Pages = {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
};

/** Says that the server has more than is shown, and gets it. Renders nothing once all is there. */
export function LoadMore({ query, noun }: { readonly query: Pages; readonly noun: string }): ReactNode {
  if (!query.hasNextPage) return null;
  return (
    <p className="load-more">
      <span className="muted">The server has more {noun}.</span>
      <button
        type="button"
        className="button button-small"
        disabled={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()} // The outcome arrives through the query.
      >
        {query.isFetchingNextPage ? "Loading…" : "Load more"}
      </button>
    </p>
  );
}
