import { readFileSync } from "node:fs";
import type { Prior } from "../space/prior.ts";
import * as hp from "../space/hp.ts";

/** Reads values computed by hyperopt 0.3.0. `tpe-golden.json` lists the versions used. */
export function readGolden(): Golden {
  const text = readFileSync(new URL("../golden/tpe-golden.json", import.meta.url), "utf8");
  return JSON.parse(text) as Golden; // Our own file, described by the type below.
}

/** The prior of a case, created with the functions that users call. */
export function priorOfCase({ dist, args }: GoldenCase): Prior {
  const { pos = [], p = [] } = args;
  const [a = 0, b = 0, q = 0] = pos;
  const makers: Record<string, () => { readonly prior: Prior }> = {
    uniform: () => hp.uniform("x", a, b),
    quniform: () => hp.quniform("x", a, b, q),
    loguniform: () => hp.loguniform("x", a, b),
    qloguniform: () => hp.qloguniform("x", a, b, q),
    normal: () => hp.normal("x", a, b),
    qnormal: () => hp.qnormal("x", a, b, q),
    lognormal: () => hp.lognormal("x", a, b),
    qlognormal: () => hp.qlognormal("x", a, b, q),
    randint: () => (pos.length === 1 ? hp.randint("x", a) : hp.randint("x", a, b)),
    categorical: () =>
      hp.pchoice(
        "x",
        p.map((probability, index) => [probability, index] as const),
      ),
  };
  return makers[dist]!().prior;
}

export type GoldenMixture = {
  readonly weights: readonly number[];
  readonly mus: readonly number[];
  readonly sigmas: readonly number[];
};

export type GoldenCase = {
  readonly name: string;
  readonly dist: string;
  readonly args: { readonly pos?: readonly number[]; readonly p?: readonly number[] };
  readonly prior_weight: number;
  readonly gamma: number;
  readonly losses: readonly (number | null)[];
  readonly obs_tids: readonly number[];
  readonly obs_vals: readonly number[];
  readonly below: readonly number[];
  readonly above: readonly number[];
  readonly fit_below: GoldenMixture & { readonly p?: readonly number[] };
  readonly fit_above: GoldenMixture & { readonly p?: readonly number[] };
  readonly candidates: readonly number[];
  readonly lpdf_below: readonly number[];
  readonly lpdf_above: readonly number[];
  readonly log_ei: readonly number[];
  readonly argmax: number;
};

export type GoldenSuggestions = {
  readonly history: readonly {
    readonly tid: number;
    readonly loss: number;
    readonly vals: Readonly<Record<string, number | null>>;
  }[];
  readonly n_suggestions: number;
  readonly c: Readonly<Record<string, number>>;
  readonly k: Readonly<Record<string, number>>;
  readonly d: Readonly<Record<string, number>>;
  readonly quantile_levels: readonly number[];
  readonly x_quantiles: readonly number[] | null;
  readonly lr_quantiles: readonly number[] | null;
};

export type Golden = {
  readonly split_sizes_gamma_0_25: readonly (readonly [count: number, below: number])[];
  readonly linear_forgetting_weights_LF25: Readonly<Record<string, readonly number[]>>;
  readonly adaptive_parzen_normal: readonly (GoldenMixture & {
    readonly obs: readonly number[];
    readonly prior_weight: number;
    readonly prior_mu: number;
    readonly prior_sigma: number;
  })[];
  readonly mixture_lpdf: readonly (GoldenMixture & {
    readonly fn: "GMM1_lpdf" | "LGMM1_lpdf";
    readonly low: number | null;
    readonly high: number | null;
    readonly q: number | null;
    readonly x: readonly number[];
    readonly lpdf: readonly (number | null)[];
  })[];
  readonly cases: readonly GoldenCase[];
  readonly suggest_distribution: readonly GoldenSuggestions[];
};
