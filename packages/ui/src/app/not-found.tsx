import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { PageHeader } from "../components/page-header.tsx";
import { EmptyState } from "../components/empty-state.tsx";

/** For an address that no screen answers to. */
export function NotFound(): ReactNode {
  return (
    <div className="page">
      <PageHeader title="Not found" />
      <EmptyState icon="search" title="There is no such page">
        <Link to="/experiments" className="button">
          Go to the experiments
        </Link>
      </EmptyState>
    </div>
  );
}
