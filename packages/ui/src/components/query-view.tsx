import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNotice } from "./error-notice.tsx";
import { PageHeader } from "./page-header.tsx";
import { SkeletonRows } from "./skeleton.tsx";

type QueryViewProps<TData> = {
  readonly query: UseQueryResult<TData>;
  /** What is being loaded, as the object of a sentence: `the run`. */
  readonly what: string;
  readonly skeletonCount?: number;
  /** For what fills a screen: the heading until the data brings its own. */
  readonly pageTitle?: string;
  readonly children: (data: TData) => ReactNode;
};

/** The three states of a query in one place: loading, failed with a retry, there. Stale data stays while it reloads. */
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
          onRetry={() => void query.refetch()} // The outcome arrives through the query.
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
