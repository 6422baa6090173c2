import type { Random } from "@flightdeck/core";

/** Draws features without replacement, anew for each node; it begins in the same state for every tree. */
export class FeatureSampler {
  /** Every feature. */
  readonly all: Int32Array;
  private readonly order: Int32Array;
  private readonly perNode: number;
  private readonly random: Random;
  private drawnCount = 0;

  constructor(numFeatures: number, perNode: number, random: Random) {
    this.all = Int32Array.from({ length: numFeatures }, (_, feature) => feature);
    this.order = this.all.slice();
    this.perNode = Math.min(perNode, numFeatures);
    this.random = random;
  }

  /** The features that a node tries first. Valid until the next draw. */
  draw(): Int32Array {
    this.drawnCount = 0;
    while (this.drawnCount < this.perNode) this.drawNext();
    return this.order.subarray(0, this.drawnCount);
  }

  /** One more feature for the same node; undefined when it has had all of them. */
  drawOneMore(): Int32Array | undefined {
    if (this.drawnCount === this.order.length) return undefined;
    this.drawNext();
    return this.order.subarray(this.drawnCount - 1, this.drawnCount);
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
