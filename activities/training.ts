import { learningRateAt } from '../policies/schedule.ts';
import type { Distillation, SetRef, WeightedSequence } from '../server/client.ts';
import { sha256, type ArtifactRef, type Store } from './artifacts.ts';
import { readBatch } from './batches.ts';
import type { Deps } from './deps.ts';
import { recordOnce } from './journal.ts';
import type { Metrics, StepRef } from './records.ts';
import { runFiles } from './run-files.ts';
import { recipeOf, stageNamed } from './run-data.ts';
import { readTargets } from './teacher-cache.ts';
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
  /** Adds a teacher's term to the loss: for the sequences of the batch that have a `teacher`. */
  readonly teaching?: Teaching;
}

/** What a step learns from a teacher, besides the weights of its sequences. Any stage that trains may have one. */
export interface Teaching {
  readonly distillation: Distillation;
  /** Index of the targets drawn beforehand (`teacher-cache.ts`), for distillation of kind `given`. */
  readonly targets: ArtifactRef | null;
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
      const { run, stage, step, steps, policy, fence, batch, temperature, teaching } = input;
      const recipe = await recipeOf(store, run);
      const options = stageNamed(recipe, stage);
      if (!options || options.kind === 'warp')
        throw new RangeError(`recipe ${recipe.name}: no stage ${stage} that trains`);
      const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = options;
      const learningRate = learningRateAt(options, step - 1, steps);
      return timed(store, { run, stage, step, part: 'train' }, async () => {
        const trained = await model.trainStep(
          {
            ...{ set: policy, fence, batchDigest: digestOf(batch, teaching), temperature },
            sequences: await withTargets(store, await readBatch(store, batch), teaching),
            ...(teaching && { distillation: teaching.distillation }),
            optimizer: { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm },
            precision: recipe.precision.training,
          },
          { signal },
        );
        const { version, loss, teacherLoss, gradNorm, completionTokens, computedTokens, paddingTokens } = trained;
        const padding = computedTokens === 0 ? 0 : paddingTokens / computedTokens;
        const metrics: Metrics = {
          ...{ loss, ...(teaching && { teacherLoss }), gradNorm, learningRate, completionTokens, padding },
        };
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

/** Identity of an update: its batch and, where there is one, all that decides the teacher's term. */
function digestOf(batch: ArtifactRef, teaching: Teaching | undefined): string {
  return teaching ? sha256(`${batch.sha256} ${JSON.stringify(teaching)}`) : batch.sha256;
}

async function withTargets(
  store: Store,
  sequences: readonly WeightedSequence[],
  teaching: Teaching | undefined,
): Promise<readonly WeightedSequence[]> {
  if (!teaching?.targets) return sequences;
  const ids = sequences.flatMap(({ teacher }) => teacher?.id ?? []);
  const targets = await readTargets(store, teaching.targets, ids);
  return sequences.map((sequence) => {
    const { teacher } = sequence;
    return teacher ? { ...sequence, teacher: { ...teacher, targets: targets.get(teacher.id)! } } : sequence;
  });
}
