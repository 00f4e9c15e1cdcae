import { learningRateAt } from '../policies/schedule.ts';
import type { SetRef } from '../server/client.ts';
import type { ArtifactRef } from './artifacts.ts';
import { readBatch } from './batches.ts';
import type { Deps } from './deps.ts';
import { recordOnce } from './journal.ts';
import type { Metrics, StepRef } from './records.ts';
import { runFiles } from './run-files.ts';
import { recipeOf } from './run-data.ts';
import { timed } from './timing.ts';
import { activity } from './work.ts';

export interface TrainStepInput extends StepRef {
  /** Optimizer steps of the whole stage, for the learning rate. */
  readonly steps: number;
  /** Before the step. */
  readonly policy: SetRef;
  readonly fence: number;
  readonly batch: ArtifactRef;
  /** Divides the logits. */
  readonly temperature: number;
}

export interface MoveAnchorInput extends StepRef {
  readonly anchor: SetRef;
  /** After the step. */
  readonly policy: SetRef;
  /** η: share of the policy in the new anchor. */
  readonly rate: number;
  readonly fence: number;
}

/** Activities that change weights. Each names the version it starts from, so that done again it changes nothing more. */
export function trainingActivities({ model, store }: Deps) {
  return {
    /** One optimizer step, from `policy.version` to one higher. */
    trainStep: activity(async (input: TrainStepInput, { signal }) => {
      const { run, stage, step, steps, policy, fence, batch, temperature } = input;
      const recipe = await recipeOf(store, run);
      const options = recipe.stages.find(({ name }) => name === stage)!;
      const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = options;
      const learningRate = learningRateAt(options, step - 1, steps);
      return timed(store, { run, stage, step, part: 'train' }, async () => {
        const trained = await model.trainStep(
          {
            ...{ set: policy, fence, batchDigest: batch.sha256, sequences: await readBatch(store, batch), temperature },
            optimizer: { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm },
            precision: recipe.precision.training,
          },
          { signal },
        );
        const { version, loss, gradNorm, completionTokens, computedTokens, paddingTokens } = trained;
        const padding = computedTokens === 0 ? 0 : paddingTokens / computedTokens;
        const metrics: Metrics = { loss, gradNorm, learningRate, completionTokens, padding };
        return { policy: { ...policy, version }, metrics, tokens: computedTokens - paddingTokens };
      });
    }),

    /** anchor ← (1 − η) · anchor + η · policy. */
    moveAnchor: activity(async ({ anchor, policy, rate, fence, ...at }: MoveAnchorInput, { signal }) =>
      timed(store, { ...at, part: 'average' }, async () => {
        const { name, version } = await model.ema({ target: anchor, source: policy, rate, fence }, { signal });
        return { anchor: { name, version } };
      }),
    ),

    /** @throws NotDeterministicError, as a failure that is not retried, when the step gave other numbers before. */
    recordStep: activity(async ({ run, stage, step, metrics }: StepRef & { metrics: Metrics }) => {
      await recordOnce(store, runFiles(run.runId).metrics, { stage, step, ...metrics });
    }),
  };
}
