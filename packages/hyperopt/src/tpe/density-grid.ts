import type { Share } from "./above-sums.ts";

/** Nodes per width of the narrowest component, and components per prior width: see `NARROWING_MAX` of the estimator. */
const NODES_PER_SIGMA = 8;
const NARROWEST = 100;

/** exp(−z² / 2) is 2e-11 at 7 standard deviations, far below what the prior's component contributes everywhere. */
const REACH = 7;

/** The interpolation uses this many nodes, half of them on each side. */
const STENCIL = 6;
const MARGIN = STENCIL / 2;

/**
 * Sums of normal densities at evenly spaced nodes, to which components can be added and from which they can be removed. The
 * forgetting weight of an observation is a + b · age, where a and b change with every trial; because the sums of 1 and of the age
 * are kept separately, such a change costs nothing. Between the nodes, interpolation of degree 5 has an error below 1e-6 of the
 * density.
 */
export class DensityGrid {
  readonly low: number;
  readonly high: number;
  readonly #step: number;
  /** The ramp, age and full sums of each node, interleaved. */
  readonly #sums: Float64Array;
  readonly #nodeCount: number;
  /** An offset to add to every age on the ramp. */
  #ageOffset = 0;
  /** The ramp sum at each node, for each segment. Undefined while a segment is empty. */
  #segments: (Float64Array | undefined)[] = [undefined];

  /** For components at least `priorSigma / 100` wide. Densities can be read between `low` and `high`. */
  constructor(low: number, high: number, priorSigma: number) {
    this.low = low;
    this.high = high;
    this.#step = priorSigma / (NARROWEST * NODES_PER_SIGMA);
    this.#nodeCount = Math.ceil((high - low) / this.#step) + 1 + 2 * MARGIN;
    this.#sums = new Float64Array(3 * this.#nodeCount);
  }

  clear(): void {
    this.#sums.fill(0);
    this.#segments = [undefined];
    this.#ageOffset = 0;
  }

  insertSegment(at: number): void {
    this.#segments.splice(at, 0, undefined);
  }

  joinSegment(at: number): void {
    const [joined] = this.#segments.splice(at, 1);
    const before = this.#segments[at - 1];
    if (joined === undefined) return;
    if (before === undefined) this.#segments[at - 1] = joined;
    else for (let node = 0; node < joined.length; node++) before[node] = sumAt(before, joined, node);
  }

  /** Changes the ages in this segment and those after it, either directly or by changing the offset and all other segments. */
  shiftAges(from: number, by: 1 | -1): void {
    const isMost = from < this.#segments.length / 2;
    if (isMost) this.#ageOffset += by;
    const some = isMost ? this.#segments.slice(0, from) : this.#segments.slice(from);
    for (const segment of some) {
      if (segment !== undefined) addToAges(this.#sums, segment, isMost ? -by : by);
    }
  }

  /** Adds shares of a component. */
  add(mu: number, sigma: number, share: Share): void {
    const reach = REACH * sigma;
    const first = Math.max(0, Math.ceil(this.#place(mu - reach)));
    const last = Math.min(this.#nodeCount - 1, Math.floor(this.#place(mu + reach)));
    if (first > last) return;
    const centre = Math.min(Math.max(Math.round(this.#place(mu)), first), last);
    const segment = share.ramp === 0 ? undefined : this.#segmentAt(share.segment);
    const target = { sums: this.#sums, segment, share: this.#offset(share) };
    sweep(target, this.#bell(mu, sigma, { from: centre, to: last, direction: 1 }));
    sweep(target, this.#bell(mu, sigma, { from: centre - 1, to: first, direction: -1 }));
  }

  #offset(share: Share): Share {
    if (share.ramp === 0 || this.#ageOffset === 0) return share;
    return { ...share, age: share.age - this.#ageOffset * share.ramp };
  }

  /** The density at x: a · ramp + b · age + full, without the factor 1 / √2π. */
  at(x: number, rampWeight: number, ageWeight: number): number {
    const place = this.#place(x);
    const start = Math.min(Math.max(Math.floor(place) - MARGIN + 1, 0), this.#nodeCount - STENCIL);
    const t = place - start;
    const rampAndOffset = rampWeight + ageWeight * this.#ageOffset;
    let sum = 0;
    for (let k = 0; k < STENCIL; k++) {
      const at = 3 * (start + k);
      // The index stays within the nodes.
      const value =
        rampAndOffset * (this.#sums[at] as number) +
        ageWeight * (this.#sums[at + 1] as number) +
        (this.#sums[at + 2] as number);
      sum += value * lagrange(t, k);
    }
    return sum;
  }

  #place(x: number): number {
    return (x - this.low) / this.#step + MARGIN;
  }

  #segmentAt(index: number): Float64Array {
    return (this.#segments[index] ??= new Float64Array(this.#nodeCount));
  }

  #bell(mu: number, sigma: number, nodes: Nodes): Bell {
    const z = (this.low + (nodes.from - MARGIN) * this.#step - mu) / sigma;
    const step = (nodes.direction * this.#step) / sigma;
    return {
      nodes,
      height: Math.exp(-0.5 * z * z) / sigma,
      ratio: Math.exp(-z * step - 0.5 * step * step),
      decay: Math.exp(-step * step),
    };
  }
}

type Nodes = { readonly from: number; readonly to: number; readonly direction: 1 | -1 };

/** A component from a node on: its height there, the ratio of the next height to it, and the factor by which the ratio decays. */
type Bell = {
  readonly nodes: Nodes;
  readonly height: number;
  readonly ratio: number;
  readonly decay: number;
};

type SweepTarget = {
  readonly sums: Float64Array;
  /** Undefined for a share that is not on the ramp. */
  readonly segment: Float64Array | undefined;
  readonly share: Share;
};

/** Computes each density from the previous one with two multiplications. */
function sweep({ sums, segment, share }: SweepTarget, bell: Bell): void {
  const { from, to, direction } = bell.nodes;
  const { decay } = bell;
  let { height, ratio } = bell;
  const { ramp, age, full } = share;
  const count = direction * (to - from) + 1;
  // The indices stay within the nodes.
  for (let i = 0, node = from; i < count; i++, node += direction) {
    const at = 3 * node;
    if (full !== 0) sums[at + 2] = (sums[at + 2] as number) + full * height;
    if (segment !== undefined) {
      sums[at] = (sums[at] as number) + ramp * height;
      sums[at + 1] = (sums[at + 1] as number) + age * height;
      segment[node] = (segment[node] as number) + ramp * height;
    }
    height *= ratio;
    ratio *= decay;
  }
}

function addToAges(sums: Float64Array, segment: Float64Array, by: number): void {
  // The sums hold three numbers for each node of a segment.
  for (let node = 0; node < segment.length; node++) {
    sums[3 * node + 1] = (sums[3 * node + 1] as number) + by * (segment[node] as number);
  }
}

function sumAt(a: Float64Array, b: Float64Array, index: number): number {
  return (a[index] as number) + (b[index] as number); // Callers stay within the length.
}

/** 1 / Π (k − j) over j ≠ k in 0..5. */
const LAGRANGE_SCALES: readonly number[] = [-1 / 120, 1 / 24, -1 / 12, 1 / 12, -1 / 24, 1 / 120];

/** The Lagrange polynomial of node k of 0..5 at t. */
function lagrange(t: number, k: number): number {
  let product = LAGRANGE_SCALES[k] as number; // k is below 6.
  for (let j = 0; j < STENCIL; j++) if (j !== k) product *= t - j;
  return product;
}
