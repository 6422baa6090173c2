/** A function to minimise: returns its value at a point and writes the gradient there. */
export type Differentiable = (point: Float64Array, gradient: Float64Array) => number;

export type MinimizeOptions = {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly iterationMax: number;
};

/** How many past steps approximate the curvature. */
const MEMORY = 8;

/** A step must lower the value by this fraction of what the gradient predicts (Armijo's rule). */
const SUFFICIENT_DECREASE = 1e-4;
const BACKTRACKING_MAX = 20;
const VALUE_TOLERANCE = 1e-9;

/**
 * Finds a local minimum within bounds by L-BFGS (Liu and Nocedal 1989) on the variables that are not held at a bound, with steps
 * projected into the box (Bertsekas 1982). Moves `point` there and returns the value.
 */
export function minimize(f: Differentiable, point: Float64Array, options: MinimizeOptions): number {
  const { low, high, iterationMax } = options;
  const gradient = new Float64Array(point.length);
  const steps: Step[] = [];
  let value = f(point, gradient);
  for (let iteration = 0; iteration < iterationMax; iteration++) {
    const direction = newtonDirection(freePart(gradient, point, options), steps);
    const next = lineSearch(f, { point, gradient, value, direction, low, high, isFirst: steps.length === 0 });
    if (next === undefined) return value;
    remember(steps, { point, gradient }, next);
    const decrease = value - next.value;
    point.set(next.point);
    gradient.set(next.gradient);
    value = next.value;
    if (decrease < VALUE_TOLERANCE * (1 + Math.abs(value))) return value;
  }
  return value;
}

type Step = { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number };

type Place = { readonly point: Float64Array; readonly gradient: Float64Array };

/** The gradient with 0 for variables that a descent would push out of the box. */
function freePart(gradient: Float64Array, point: Float64Array, { low, high }: MinimizeOptions): Float64Array {
  return gradient.map((slope, i) => {
    const at = point[i] ?? 0;
    const isHeld = (slope > 0 && at <= (low[i] ?? 0)) || (slope < 0 && at >= (high[i] ?? 0));
    return isHeld ? 0 : slope;
  });
}

/** L-BFGS's two-loop recursion: minus the inverse curvature times the gradient. */
function newtonDirection(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const alphas: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    const { s, y, rho } = steps[k] as Step; // Within the list.
    const alpha = rho * dot(s, direction);
    alphas[k] = alpha;
    addScaled(direction, y, -alpha);
  }
  const last = steps.at(-1);
  if (last !== undefined) scale(direction, 1 / (last.rho * dot(last.y, last.y)));
  steps.forEach(({ s, y, rho }, k) => addScaled(direction, s, (alphas[k] ?? 0) - rho * dot(y, direction)));
  for (let i = 0; i < direction.length; i++) if (gradient[i] === 0) direction[i] = 0;
  return direction;
}

type LineSearchOptions = Place & {
  readonly value: number;
  readonly direction: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly isFirst: boolean;
};

/** The first point on the projected path that is low enough, or undefined. */
function lineSearch(
  f: Differentiable,
  { point, gradient, value, direction, low, high, isFirst }: LineSearchOptions,
): (Place & { readonly value: number }) | undefined {
  const size = Math.sqrt(dot(direction, direction));
  if (!(size > 0)) return undefined;
  // With the curvature unknown, move at most a tenth of the unit box.
  let rate = isFirst ? Math.min(1, 0.1 / size) : 1;
  for (let attempt = 0; attempt < BACKTRACKING_MAX; attempt++, rate *= 0.4) {
    const next = point.map((at, i) =>
      Math.min(Math.max(at + rate * (direction[i] ?? 0), low[i] ?? 0), high[i] ?? 0),
    );
    let promised = 0;
    for (let i = 0; i < next.length; i++) {
      promised += (gradient[i] ?? 0) * ((next[i] ?? 0) - (point[i] ?? 0));
    }
    if (promised >= 0) return undefined;
    const nextGradient = new Float64Array(point.length);
    const nextValue = f(next, nextGradient);
    if (nextValue <= value + SUFFICIENT_DECREASE * promised) {
      return { point: next, gradient: nextGradient, value: nextValue };
    }
  }
  return undefined;
}

function remember(steps: Step[], from: Place, to: Place): void {
  const s = to.point.map((at, i) => at - (from.point[i] ?? 0));
  const y = to.gradient.map((slope, i) => slope - (from.gradient[i] ?? 0));
  const curvature = dot(s, y);
  if (curvature < 1e-12) return; // Not convex along this step: it would turn directions uphill.
  steps.push({ s, y, rho: 1 / curvature });
  if (steps.length > MEMORY) steps.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number); // Of equal length.
  return sum;
}

function addScaled(target: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (values[i] as number); // The same.
}

function scale(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor; // Below the length.
}
