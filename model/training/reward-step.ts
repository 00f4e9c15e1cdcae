import type { RewardStepRequest, RewardStepResult } from '../api/reward-models.ts';
import * as tf from '../tf.ts';
import type { WeightSet } from '../weight-set.ts';
import type { PackedBatch } from './pack.ts';
import { pairsOf, pairTensors } from './pairs.ts';
import { addProbeGradients } from './probe.ts';

/** Called after each batch: says how far a step is. */
export type OnBatch = (done: number, total: number) => Promise<void>;

/** What the gradient of a step came with: the loss, and what each pair's completions earn. */
export interface JudgedPairs {
  readonly loss: number;
  readonly rewards: readonly { readonly chosen: number; readonly rejected: number }[];
}

/** One optimizer step of a reward model: the gradient of the mean loss of the pairs, then AdamW. */
export async function rewardStep(
  set: WeightSet,
  request: RewardStepRequest,
  batches: readonly PackedBatch[],
  onBatch: OnBatch,
): Promise<RewardStepResult> {
  const { set: ref, pairs, part, optimizer } = request;
  const { architecture, weights, moments } = set;
  if (!moments) throw new RangeError(`rewardStep: set ${ref.name} has no optimizer moments`);
  const addGradients = part === 'head' ? addProbeGradients : addGradientsOfBatches;
  const { loss, rewards } = await addGradients(set, request, batches, onBatch);
  set.optimizerSteps += 1;
  const gradNorm = architecture.adamW(weights, architecture.gradients(), moments, set.optimizerSteps, optimizer, part);
  if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
    // The same batch gives the same again: not for a retry, and not for a recovery.
    throw new RangeError(
      `rewardStep: set ${ref.name} at version ${ref.version}: loss ${loss}, gradient norm ${gradNorm}, expected ` +
        'finite numbers; lower the learning rate',
    );
  }
  if (part === 'head') set.pairFeatures.keepFor(ref.version + 1);
  const meanOf = (of: (pair: JudgedPairs['rewards'][number]) => number) =>
    rewards.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const computedTokens = batches.reduce((sum, { rows, length }) => sum + rows * length, 0);
  return {
    ...{ version: ref.version + 1, loss, gradNorm },
    accuracy: meanOf(({ chosen, rejected }) => (chosen > rejected ? 1 : chosen === rejected ? 0.5 : 0)),
    meanDifference: meanOf(({ chosen, rejected }) => chosen - rejected),
    meanReward: meanOf(({ chosen, rejected }) => (chosen + rejected) / 2),
    ...{ computedTokens, paddingTokens: computedTokens - batches.reduce((sum, { usedTokens }) => sum + usedTokens, 0) },
  };
}

/** Of every parameter, batch by batch. */
async function addGradientsOfBatches(
  { architecture, weights }: WeightSet,
  { pairs, centerCoefficient, dropout, precision }: RewardStepRequest,
  batches: readonly PackedBatch[],
  onBatch: OnBatch,
): Promise<JudgedPairs> {
  const addGradients = architecture.addPairGradients(precision);
  const options = { centerCoefficient, dropoutRate: dropout.rate };
  const judged = new Array<JudgedPairs['rewards'][number]>(pairs.length);
  let loss = 0;
  for (const [number, batch] of batches.entries()) {
    const placed = pairsOf(batch);
    const [lossOfBatch, rewards] = tf.tidy(() => {
      const tensors = pairTensors(batch, placed, pairs, [dropout.seed, number * 4096]);
      const parts = addGradients(weights, architecture.gradients(), tensors, options);
      return [parts.loss.dataSync()[0]!, parts.rewards.dataSync()];
    });
    loss += lossOfBatch;
    placed.forEach(({ pair }, i) => {
      judged[pair] = { chosen: rewards[i]!, rejected: rewards[rewards.length / 2 + i]! };
    });
    await onBatch(number + 1, batches.length);
  }
  return { loss, rewards: judged };
}
