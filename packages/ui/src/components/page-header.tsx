import { type ReactNode, useEffect } from "react";

type PageHeaderProps = {
  readonly title: string;
  /** Links to what the page's subject belongs to, outermost first. */
  readonly crumbs?: readonly ReactNode[];
  /** Beside the title: a status, a count. */
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
};

/** The heading of a screen; names the browser's tab too. */
export function PageHeader({ title, crumbs = [], beside, actions }: PageHeaderProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Flightdeck`;
  }, [title]);
  return (
    <header className="page-header">
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumb">
          <ol className="crumbs">
            {crumbs.map((crumb, index) => (
              <li key={index}>{crumb}</li>
            ))}
          </ol>
        </nav>
      )}
      <div className="page-title">
        <h1>{title}</h1>
        {beside}
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </div>
    </header>
  );
}
