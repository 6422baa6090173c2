import { useEffect, useState } from "react";

/** A pause in typing: longer than between two keys, shorter than a reader notices. */
const PAUSE_MS = 200;

/** The value as it was when it last stood still. */
export function useDebouncedValue<TValue>(value: TValue): TValue {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
