/**
 * A seeded random generator: xoshiro128** by Blackman and Vigna (2018), seeded through SplitMix32. Period 2^128 − 1;
 * passes BigCrush. Not for secrets.
 *
 * @example
 * ```ts
 * const random = new Random(42);
 * random.nextFloat(); // in [0, 1)
 * ```
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spareNormal: number | undefined;

  constructor(seed: number) {
    const next = splitMix32(seed);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  /** A uniform unsigned 32-bit integer. */
  nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  /** A uniform double in [0, 1) with 53 random bits. */
  nextFloat(): number {
    const high = this.nextUint32() >>> 5; // 27 bits
    const low = this.nextUint32() >>> 6; // 26 bits
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** A uniform integer in [0, bound), without modulo bias (Lemire 2019, by rejection). Bound at most 2^32. */
  nextInt(bound: number): number {
    const limit = 0x100000000 - (0x100000000 % bound);
    let draw = this.nextUint32();
    while (draw >= limit) draw = this.nextUint32();
    return draw % bound;
  }

  /** A standard normal draw (Marsaglia's polar method). */
  nextNormal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.nextFloat() - 1;
      const v = 2 * this.nextFloat() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      this.#spareNormal = v * scale;
      return u * scale;
    }
  }

  /** A new independent generator, determined by this one's state. */
  fork(): Random {
    return new Random(this.nextUint32());
  }
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
}

/** 128 bits as 32 lower-case hex digits: a random UUID without hyphens, like MLflow's ids. */
function randomHex(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** A new run id, as in MLflow: 32 lower-case hex digits. */
export function newRunId(): string {
  return randomHex();
}

/** A new logged model id, as in MLflow 3: `m-` and 32 hex digits. */
export function newModelId(): string {
  return `m-${randomHex()}`;
}

/** A new assessment id, as in MLflow 3: `a-` and 32 hex digits. */
export function newAssessmentId(): string {
  return `a-${randomHex()}`;
}

/** A new opaque id for any purpose: requests, uploads, temporary names. */
export function newId(): string {
  return randomHex();
}
