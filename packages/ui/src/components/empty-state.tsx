import type { ReactNode } from "react";
import type { IconName } from "./icon.tsx";
import { Icon } from "./icon.tsx";

type EmptyStateProps = { readonly icon: IconName; readonly title: string; readonly children?: ReactNode };

/** Says that nothing is here and what to do next. */
export function EmptyState({ icon, title, children }: EmptyStateProps): ReactNode {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children !== undefined && <div className="empty-next">{children}</div>}
    </div>
  );
}
