import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { findErrorCode, messageOf } from "../lib/mlflow-text.ts";
import { Icon, type IconName } from "./icon.tsx";
import { PageHeader } from "./layout.tsx";

type QueryViewProps<TData> = {
  readonly query: UseQueryResult<TData>;
  /** The data being loaded, as the object of a sentence: `the run`. */
  readonly what: string;
  readonly skeletonCount?: number;
  /** Heading of a full screen until the loaded data provides one. */
  readonly pageTitle?: string;
  readonly children: (data: TData) => ReactNode;
};

/**
 * Handles the three states of a query: loading, failed (with a retry button) and loaded. Stale data stays visible
 * during a reload.
 */
export function QueryView<TData>({
  query,
  what,
  skeletonCount,
  pageTitle,
  children,
}: QueryViewProps<TData>): ReactNode {
  if (query.data !== undefined) return children(query.data);
  return (
    <>
      {pageTitle !== undefined && <PageHeader title={pageTitle} />}
      {query.isError ? (
        <ErrorNotice
          error={query.error}
          what={`Could not load ${what}.`}
          onRetry={() => void query.refetch()} // The query reports the outcome.
        />
      ) : (
        <SkeletonRows
          label={`Loading ${what}`}
          {...(skeletonCount !== undefined && { count: skeletonCount })}
        />
      )}
    </>
  );
}

type ErrorNoticeProps = { readonly error: unknown; readonly what: string; readonly onRetry?: () => void };

/** Shows what failed, the server's message and a retry button. */
export function ErrorNotice({ error, what, onRetry }: ErrorNoticeProps): ReactNode {
  const code = findErrorCode(error);
  return (
    <div className="notice notice-bad" role="alert">
      <Icon name="alert" />
      <div className="notice-text">
        <strong>{what}</strong>
        <p>{messageOf(error)}</p>
        {code !== undefined && <code className="muted">{code}</code>}
      </div>
      {onRetry !== undefined && (
        <button type="button" className="button button-small" onClick={onRetry}>
          <Icon name="refresh" size={14} /> Retry
        </button>
      )}
    </div>
  );
}

type EmptyStateProps = { readonly icon: IconName; readonly title: string; readonly children?: ReactNode };

/** Says that there is nothing here and what to do next. */
export function EmptyState({ icon, title, children }: EmptyStateProps): ReactNode {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children !== undefined && <div className="empty-next">{children}</div>}
    </div>
  );
}

/** Gray placeholder rows as tall as the table, so that nothing jumps when the data arrives. */
export function SkeletonRows({
  count = 8,
  label,
}: {
  readonly count?: number;
  readonly label: string;
}): ReactNode {
  return (
    <div className="skeleton-rows" role="status" aria-label={label}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="skeleton-row">
          <span className="skeleton" data-width={index % 3} />
          <span className="skeleton" data-width="short" />
          <span className="skeleton" data-width="short" />
        </div>
      ))}
    </div>
  );
}

type Pages = {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
};

/** Shows that the server has more and loads it. Renders nothing once everything is loaded. */
export function LoadMore({ query, noun }: { readonly query: Pages; readonly noun: string }): ReactNode {
  if (!query.hasNextPage) return null;
  return (
    <p className="load-more">
      <span className="muted">The server has more {noun}.</span>
      <button
        type="button"
        className="button button-small"
        disabled={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()} // The query reports the outcome.
      >
        {query.isFetchingNextPage ? "Loading…" : "Load more"}
      </button>
    </p>
  );
}
