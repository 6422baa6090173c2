import type { ReactNode } from "react";

type Option<TValue extends string> = { readonly value: TValue; readonly label: string };

type SegmentedProps<TValue extends string> = {
  readonly label: string;
  readonly options: readonly Option<TValue>[];
  readonly value: TValue;
  readonly onChange: (value: TValue) => void;
};

/** One of a few choices, all of them in sight. */
export function Segmented<TValue extends string>(props: SegmentedProps<TValue>): ReactNode {
  const { label, options, value, onChange } = props;
  return (
    <div className="segmented" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
