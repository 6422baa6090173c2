import { useEffect, useState } from "react";

const TICK_MS = 1000;

/** The current time, renewed each second while something goes on whose length is shown. */
export function useSeconds(isGoingOn: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!isGoingOn) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isGoingOn]);
  return nowMs;
}
