import type { SetRef } from './sets.ts';

export interface EmaRequest {
  /** target ← (1 − rate) · target + rate · source; the answer's version is one higher. */
  readonly target: SetRef;
  readonly source: SetRef;
  readonly rate: number;
  readonly fence: number;
}

/**
 * Makes a set out of others, in float32. The others stay as they are. Norms, the embedding table and a head are merged
 * like everything else.
 */
export type MergeRequest = {
  /** The set to make, at the version it is to have; without optimizer moments. None of those it is made from. */
  readonly to: SetRef;
  readonly fence: number;
} & (
  | {
      /** Σ weight · set. */
      readonly method: 'linear';
      readonly parts: readonly { readonly set: SetRef; readonly weight: number }[];
    }
  | {
      /**
       * SLERP of the task vectors set − base, with one angle for each decoder layer, all its tensors together (WARP, arXiv
       * 2406.16768, section 3.2). More than two are taken one after the other.
       */
      readonly method: 'slerp';
      readonly base: SetRef;
      /** At least two. */
      readonly sets: readonly SetRef[];
      /** Share of each set after the first in what it is merged into, [0, 1]; one fewer than `sets`. */
      readonly lambdas: readonly number[];
    }
);
