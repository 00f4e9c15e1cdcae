import type { Sequence } from '../model/api/sequences.ts';
import type { SetRef } from '../model/api/sets.ts';
import type { WeightedSequence } from '../model/api/training.ts';
import { jbondWeights } from '../policies/jbond.ts';
import { rlooWeights } from '../policies/rloo.ts';
import type { RlLab } from './rl-lab.ts';

/** A completion, judged. */
export interface Rollout extends Sequence {
  readonly reward: number;
  /** log π of the set that sampled it: sum over its tokens, nats. */
  readonly logProb: number;
}

/** How a step turns samples into a batch. */
export interface Method {
  /** In a step. */
  readonly prompts: number;
  /** Share of the policy that the anchor takes on after each step; 0: it stays the start. */
  readonly anchorRate: number;
  batch(step: RlStep): Promise<readonly WeightedSequence[]>;
}

export interface RlStep {
  readonly lab: RlLab;
  readonly policy: SetRef;
  readonly anchor: SetRef;
  /** Of the prompts. */
  readonly digits: readonly number[];
  readonly step: number;
  /** Names the random stream. */
  readonly stream: string;
}

/** Samples of a step, whatever the method: both learn from as many. */
export const SAMPLES = 96;

/** J-BOND by `policies/jbond.ts`: three samples a prompt, β = ½, γ = 0 as in section 6 of the paper. */
export function jbond(eta: number): Method {
  return {
    prompts: SAMPLES / 3,
    anchorRate: eta,
    async batch({ lab, policy, anchor, digits, step, stream }) {
      const own = (await lab.rollouts(policy, digits, 1, `${stream}/policy`)).map(([first]) => first!);
      const anchors = await lab.rollouts(anchor, digits, 2, `${stream}/anchor`);
      const anchorLogProbs = await lab.logProbs(anchor, own);
      const prompts = own.map(({ reward, logProb }, i) => ({
        ...{ id: String(i), reward, logProb, anchorLogProb: anchorLogProbs[i]! },
        anchorRewards: anchors[i]!.map((each) => each.reward),
      }));
      const fixed = { beta: 0.5, gamma: 0, tieBreak: 'random', skipTies: false } as const;
      const { weights } = jbondWeights(prompts, { ...fixed, seed: lab.seed, step });
      return weighty(
        weights.flatMap(({ forwardWeights, backwardWeight }, i) => [
          ...anchors[i]!.map((each, k) => ({ ...each, weight: forwardWeights[k]! })),
          { ...own[i]!, weight: backwardWeight },
        ]),
      );
    },
  };
}

/** REINFORCE leave-one-out by `policies/rloo.ts`: two samples a prompt, as the comparator of BOND's section 6. */
export function rloo(klCoef: number, anchorRate = 0): Method {
  return {
    prompts: SAMPLES / 2,
    anchorRate,
    async batch({ lab, policy, anchor, digits, stream }) {
      const groups = await lab.rollouts(policy, digits, 2, stream);
      const all = groups.flat();
      const anchorLogProbs = await lab.logProbs(anchor, all);
      const judged = all.map(({ reward, logProb }, i) => ({ reward, logProb, anchorLogProb: anchorLogProbs[i]! }));
      const prompts = groups.map((_, i) => ({ id: String(i), samples: judged.slice(2 * i, 2 * i + 2) }));
      const weights = rlooWeights(prompts, klCoef).weights.flat();
      return weighty(all.map((each, i) => ({ ...each, weight: weights[i]! })));
    },
  };
}

/** Those that weigh anything; one that does not, if none does: no step is empty. */
function weighty(sequences: readonly WeightedSequence[]): readonly WeightedSequence[] {
  const some = sequences.filter(({ weight }) => weight !== 0);
  return some.length > 0 ? some : sequences.slice(0, 1);
}
