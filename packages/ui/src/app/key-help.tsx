import type { ReactNode } from "react";
import { Dialog } from "../components/dialog.tsx";

const KEYS: readonly (readonly [keys: readonly string[], action: string])[] = [
  [["/"], "Go to the filter"],
  [["j", "k"], "Next and previous row"],
  [["Enter"], "Open the row"],
  [["Space"], "Select the row, on its checkbox"],
  [["Esc"], "Close a dialog"],
  [["?"], "These keys"],
];

/** The list of keys. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }): ReactNode {
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
