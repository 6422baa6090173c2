import type { WireCall } from "./wire-call.ts";
import {
  ANYTHING,
  FACT_DIFFERENCES,
  type FactDifference,
  ONE_SIDED_CALLS,
  type OneSidedCall,
} from "./wire-differences.ts";

export type Comparison = {
  /** Differences that are not in the lists, one line each. */
  readonly unexplained: readonly string[];
  /** The list entries that matched a difference. */
  readonly met: ReadonlySet<OneSidedCall | FactDifference>;
};

/** Compares the requests of two programs one by one, in order. */
export function compareCalls(stock: readonly WireCall[], ours: readonly WireCall[]): Comparison {
  const met = new Set<OneSidedCall | FactDifference>();
  const left = stock.filter((call) => !isOneSided("stock", call));
  const right = ours.filter((call) => !isOneSided("ours", call));
  const routes = (calls: readonly WireCall[]): string => calls.map(({ route }) => route).join("\n  ");
  if (routes(left) === routes(right))
    return { met, unexplained: left.flatMap((call, at) => differencesOf(call, right[at] ?? call)) };
  return { met, unexplained: [`stock:\n  ${routes(left)}\nours:\n  ${routes(right)}`] };

  function isOneSided(side: OneSidedCall["only"], { route, facts }: WireCall): boolean {
    const entry = ONE_SIDED_CALLS.find(
      ({ where, ...each }) =>
        each.only === side &&
        each.route === route &&
        (where === undefined || facts.get(where.fact) === where.is),
    );
    if (entry !== undefined) met.add(entry);
    return entry !== undefined;
  }

  function differencesOf({ route, facts }: WireCall, other: WireCall): readonly string[] {
    const names = [...new Set([...facts.keys(), ...other.facts.keys()])];
    return names.flatMap((fact) => {
      const [theirs, own] = [facts.get(fact), other.facts.get(fact)];
      if (theirs === own) return [];
      const entry = FACT_DIFFERENCES.find(
        (each) =>
          each.route === route && each.fact === fact && agrees(each.stock, theirs) && agrees(each.ours, own),
      );
      if (entry === undefined) return [`${route}, ${fact}: ${theirs ?? "–"} | ${own ?? "–"}`];
      met.add(entry);
      return [];
    });
  }
}

function agrees(expected: string | undefined, actual: string | undefined): boolean {
  return expected === ANYTHING ? actual !== undefined : expected === actual;
}
