import type * as z from 'zod';

/** One completion to judge. `Row` holds the data row's columns that the reward declared. */
export interface Sample<Row = Readonly<Record<string, unknown>>> {
  readonly prompt: string;
  readonly completion: string;
  /** `length` when the completion was cut off by the token limit. */
  readonly finishReason: 'stop' | 'length';
  readonly row: Row;
}

/**
 * What became of judging one completion. Only `scored` and `policy_error` carry a number; the others never enter a
 * baseline or a loss.
 */
export type Outcome =
  /** Judged. `score` lies in the reward's range. */
  | { readonly outcome: 'scored'; readonly score: number; readonly reason?: string }
  /** Cannot be judged (a row without a usable answer, say). Teaches nothing. */
  | { readonly outcome: 'abstained'; readonly reason: string }
  /** The completion itself is at fault (does not parse, loops for ever). `score` is what that earns. */
  | { readonly outcome: 'policy_error'; readonly score: number; readonly reason: string }
  /** The machinery is at fault. Never a score. */
  | { readonly outcome: 'infra_error'; readonly reason: string }
  /** The reward did not answer within its `timeoutMs`. */
  | { readonly outcome: 'timeout'; readonly reason: string };

export interface RewardContext {
  /** Aborted at the reward's timeout and when the run stops. */
  readonly signal: AbortSignal;
}

export interface Reward<Params = unknown, Row = unknown> {
  readonly name: string;
  /** Raise it when the same completion may get another score. Recorded with each run. */
  readonly version: number;
  /** Strict schema of the options a config may give. */
  readonly params: z.ZodType<Params>;
  /** Strict schema of the columns it reads; checked against the data before any weights load. */
  readonly columns: z.ZodType<Row>;
  /** Lowest and highest score. */
  readonly range: readonly [number, number];
  /** For one call of `score`, in milliseconds. */
  readonly timeoutMs: number;
  /** One outcome for each sample, in order. A plain number is short for `scored`, null for `abstained`. */
  score(
    samples: readonly Sample<Row>[],
    params: Params,
    context: RewardContext,
  ): readonly (Outcome | number | null)[] | Promise<readonly (Outcome | number | null)[]>;
}

/**
 * Declares a reward. The types of `params` and `columns` flow into `score`.
 *
 *     export default defineReward({ name: 'brevity', version: 1, range: [0, 1], … });
 */
export function defineReward<Params, Row>(reward: Reward<Params, Row>): Reward<Params, Row> {
  return reward;
}
