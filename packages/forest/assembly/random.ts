/* The generator of @flightdeck/core: xoshiro128** (Blackman and Vigna 2018), seeded through SplitMix32. */

let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let d: u32 = 0;
let mixState: u32 = 0;

export function seedRandom(seed: u32): void {
  mixState = seed;
  a = mixed();
  b = mixed();
  c = mixed();
  d = mixed();
}

function mixed(): u32 {
  mixState += 0x9e3779b9;
  let z = mixState;
  z = (z ^ (z >> 16)) * 0x21f0aaad;
  z = (z ^ (z >> 15)) * 0x735a2d97;
  return z ^ (z >> 15);
}

// @ts-ignore: decorator
@inline
function nextUint32(): u32 {
  const result = rotl<u32>(b * 5, 7) * 9;
  const t = b << 9;
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  c ^= t;
  d = rotl<u32>(d, 11);
  return result;
}

/** An integer in [0, bound) by multiplication; its bias is below bound / 2^32. */
// @ts-ignore: decorator
@inline
export function nextBelow(bound: u32): u32 {
  return <u32>((<u64>nextUint32() * <u64>bound) >> 32);
}

/** A double in [0, 1) with 53 random bits. */
export function nextFloat(): f64 {
  const high = <f64>(nextUint32() >> 5);
  const low = <f64>(nextUint32() >> 6);
  return (high * 67108864.0 + low) / 9007199254740992.0;
}
