import type { Random } from "@flightdeck/core";

/** Draws features without replacement, anew for each node; it begins in the same state for every tree. */
export class FeatureSampler {
  /** Every feature. */
  readonly all: Int32Array;
  /** How many features a node should choose from. */
  readonly perNode: number;
  private readonly order: Int32Array;
  private readonly random: Random;
  private drawnCount = 0;

  constructor(numFeatures: number, perNode: number, random: Random) {
    this.all = Int32Array.from({ length: numFeatures }, (_, feature) => feature);
    this.order = this.all.slice();
    this.perNode = Math.min(perNode, numFeatures);
    this.random = random;
  }

  /** Begins a new node: every feature may be drawn again. */
  restart(): void {
    this.drawnCount = 0;
  }

  /** The next features for the node, fewer than asked for when no more are left. Valid until the next node's. */
  draw(count: number): Int32Array {
    const start = this.drawnCount;
    const end = Math.min(start + count, this.order.length);
    while (this.drawnCount < end) this.drawNext();
    return this.order.subarray(start, end);
  }

  /** One step of Fisher and Yates' shuffle. */
  private drawNext(): void {
    const at = this.drawnCount++;
    const other = at + Math.floor(this.random.nextFloat() * (this.order.length - at));
    const feature = this.order[other] ?? 0;
    this.order[other] = this.order[at] ?? 0;
    this.order[at] = feature;
  }
}
