import type { RewardModelStage } from '../configs/schema/reward-model.ts';
import { memberPlans, type MemberPlan } from '../policies/warm.ts';
import { learningRateAt } from '../policies/schedule.ts';
import type { ModelClient, PreferencePair, SetRef } from '../server/client.ts';
import { sha256, type ArtifactRef, type Store } from './artifacts.ts';
import { averageMembers } from './average-members.ts';
import { readPairs, type TextPair } from './data/pairs.ts';
import { rowsOfStep } from './data/split.ts';
import type { Deps } from './deps.ts';
import { journalLines, writeOnce } from './journal.ts';
import type { Checkpoint, Metrics, RunRef, StepRef } from './records.ts';
import { outputOf } from './reuse.ts';
import { jsonLines, recipeOf, stageOf } from './run-data.ts';
import { rewardModelFiles, runFiles } from './run-files.ts';
import { timed } from './timing.ts';
import { activity, type Work } from './work.ts';

/** A pair as token ids, as a stage lays it down. */
export interface EncodedPair extends PreferencePair {
  readonly id: string;
  readonly split: 'train' | 'evaluation';
}

export interface RewardModelStepInput extends StepRef {
  /** Steps of the whole stage. */
  readonly steps: number;
  readonly pairs: ArtifactRef;
  /** The set that is trained, at the version before the step. */
  readonly policy: SetRef;
  /** The policy the stage begins with. */
  readonly start: Checkpoint;
  readonly fence: number;
}

/** Where a step of the stage belongs: the probe, a member, or the average at the end. */
type Phase =
  | { readonly kind: 'probe' | 'member'; readonly member: number; readonly step: number; readonly steps: number }
  | { readonly kind: 'average' };

/** Activities of reward models (WARM, arXiv 2401.12187). */
export function rewardModelActivities({ model, store }: Deps) {
  return {
    /** Lays down the pairs as token ids, and says how many steps it takes: the probe's, each member's, and one to average. */
    planRewardModel: activity(
      async ({ run, stage: name, policy }: { run: RunRef; stage: string; policy: SetRef }, work) => {
        const recipe = await recipeOf(store, run);
        const stage = stageOf(recipe, name, 'reward-model');
        const splits = await readPairs(stage.pairs, recipe.seed);
        const encode = (split: EncodedPair['split']) =>
          encodePairs(model, { stage, set: policy.name, split, pairs: splits[split] }, work);
        const pairs = [...(await encode('train')), ...(await encode('evaluation'))];
        const train = pairs.filter(({ split }) => split === 'train').length;
        if (train === 0 || train === pairs.length) {
          throw new RangeError(
            `stage ${name}: got ${train} pairs to train on and ${pairs.length - train} to evaluate on that fit into ` +
              `${stage.pairs.maxTokens} tokens, expected some of both; raise pairs.maxTokens`,
          );
        }
        const rows = await writeOnce(store, runFiles(run.runId).chosenRows(name), jsonLines(pairs));
        const steps = stage.probeSteps + stage.members * Math.ceil((train * stage.epochs) / stage.batchSize) + 1;
        return { steps, rows };
      },
    ),

    /**
     * One step: of the head on frozen features, then of one member after the other, then the average. The first step of
     * each loads what it begins with in place of what was trained before; the last one saves it.
     */
    rewardModelStep: activity((input: RewardModelStepInput, work) => makeStep({ model, store }, input, work)),
  };
}

async function makeStep({ model, store }: Deps, input: RewardModelStepInput, work: Work) {
  const { run, stage: name, step, steps, policy, start, fence } = input;
  const recipe = await recipeOf(store, run);
  const stage = stageOf(recipe, name, 'reward-model');
  const files = rewardModelFiles(run.runId, name);
  const phase = phaseOf(stage, step, steps);
  const pairs = await pairsOf(store, input.pairs);
  const at = { run, stage: name, step };
  if (phase.kind === 'average') {
    const evaluation = pairs.filter(({ split }) => split === 'evaluation');
    return timed(store, { ...at, part: 'average' }, () =>
      averageMembers(
        { model, store, files, stage, evaluation, policy, fence, precision: recipe.precision.training },
        work,
      ),
    );
  }
  return timed(store, { ...at, part: 'train' }, async () => {
    const plan = planOf(stage, recipe.seed, phase);
    if (phase.step === 1) {
      const sources = await startsOf(store, run, stage, start);
      const source = phase.kind === 'probe' ? sources.at(-1)! : sources[plan.start]!;
      const scoreHead = phase.kind === 'probe' ? {} : { from: store.locate(files.probe) };
      const loaded = { set: policy, source: store.locate(source.folder), trainable: true, fence, scoreHead };
      await model.load(loaded, work);
    }
    const batch = batchOf(stage, pairs, phase, plan.seed);
    const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = stage;
    const learningRate =
      phase.kind === 'probe'
        ? stage.probeLearningRate
        : learningRateAt({ ...stage, learningRate: plan.learningRate }, phase.step - 1, phase.steps);
    const result = await model.rewardStep(
      {
        ...{
          set: policy,
          fence,
          batchDigest: sha256(JSON.stringify([phase, batch.map(({ id }) => id), learningRate])),
        },
        pairs: batch.map(({ promptIds, chosenIds, rejectedIds }) => ({ promptIds, chosenIds, rejectedIds })),
        centerCoefficient: stage.centerCoefficient,
        dropout: { rate: plan.dropout, seed: (plan.seed * 65_537 + phase.step) | 0 },
        part: phase.kind === 'probe' ? 'head' : 'all',
        optimizer: { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm },
        precision: recipe.precision.training,
      },
      work,
    );
    const set = { ...policy, version: result.version };
    if (phase.step === phase.steps) await saveEnd({ model, store, files, run, phase, set }, work);
    const { version: _, computedTokens, paddingTokens, ...measured } = result;
    const metrics: Metrics = {
      member: phase.member,
      ...measured,
      learningRate,
      padding: paddingTokens / computedTokens,
    };
    return { policy: set, metrics, tokens: computedTokens - paddingTokens };
  });
}

/** The pairs of a step: a slice of a walk in the member's own order. */
function batchOf(
  stage: RewardModelStage,
  pairs: readonly EncodedPair[],
  phase: Exclude<Phase, { kind: 'average' }>,
  seed: number,
): EncodedPair[] {
  const train = pairs.filter(({ split }) => split === 'train');
  const draw = { rows: train.length, perStep: stage.batchSize, step: phase.step - 1, seed, stage: stage.name };
  const limit = phase.kind === 'probe' ? Infinity : train.length * stage.epochs;
  return rowsOfStep({ ...draw, limit }).map(({ index }) => train[index]!);
}

function phaseOf({ probeSteps, members }: RewardModelStage, step: number, all: number): Phase {
  if (step === all) return { kind: 'average' };
  if (step <= probeSteps) return { kind: 'probe', member: -1, step, steps: probeSteps };
  const steps = (all - 1 - probeSteps) / members;
  const at = step - probeSteps - 1;
  return { kind: 'member', member: Math.floor(at / steps), step: (at % steps) + 1, steps };
}

function planOf(stage: RewardModelStage, seed: number, phase: Exclude<Phase, { kind: 'average' }>): MemberPlan {
  if (phase.kind === 'probe')
    return { learningRate: stage.probeLearningRate, dropout: 0, seed: seed * 4099 - 1, start: 0 };
  const { members, learningRateFactors, dropouts, starts = [''] } = stage;
  const learningRates = learningRateFactors.map((factor) => factor * stage.learningRate);
  return memberPlans({ members, learningRates, dropouts, starts: starts.length, seed })[phase.member]!;
}

/** The checkpoints that members begin with. */
async function startsOf(store: Store, run: RunRef, { starts }: RewardModelStage, start: Checkpoint) {
  if (!starts) return [start];
  const { base } = JSON.parse(await store.read(runFiles(run.runId).prepared)) as { readonly base: Checkpoint };
  return Promise.all(starts.map(async (name) => (name === 'base' ? base : outputOf(store, run.runId, name))));
}

interface Ended {
  readonly model: ModelClient;
  readonly store: Store;
  readonly files: ReturnType<typeof rewardModelFiles>;
  readonly run: RunRef;
  readonly phase: Exclude<Phase, { kind: 'average' }>;
  readonly set: SetRef;
}

/** Saves the probe, or a member with what it was made from. */
async function saveEnd({ model, store, files, run, phase, set }: Ended, { signal }: Work): Promise<void> {
  const save = (path: string, more = {}) =>
    model.save({ set, folder: store.locate(path), withOptimizer: false, ...more }, { signal });
  if (phase.kind === 'probe') {
    const { sha256: digest } = await save(files.probe);
    await writeOnce(store, files.probeDigest, digest);
    return;
  }
  const prepared = JSON.parse(await store.read(runFiles(run.runId).prepared)) as { readonly base: Checkpoint };
  const headSha256 = await store.read(files.probeDigest);
  await save(files.member(phase.member), { rewardModel: { baseSha256: prepared.base.sha256, headSha256 } });
}

/** The pairs a stage laid down. */
async function pairsOf(store: Store, ref: ArtifactRef): Promise<EncodedPair[]> {
  return journalLines(await store.readExactly(ref)).map((line) => JSON.parse(line) as EncodedPair);
}

interface Encode {
  readonly stage: RewardModelStage;
  readonly set: string;
  readonly split: EncodedPair['split'];
  readonly pairs: readonly TextPair[];
}

/** As token ids, without those that are too long. */
async function encodePairs(model: ModelClient, { stage, set, split, pairs }: Encode, { signal }: Work) {
  const items = pairs.flatMap(({ prompt, chosen, rejected }) =>
    [chosen, rejected].map((completion) => ({ prompt, completion })),
  );
  const ids = await model.tokenize({ set, items, chat: stage.pairs.chat }, { signal });
  const encoded = pairs.map(({ id }, i): EncodedPair => {
    const [chosen, rejected] = [ids[2 * i]!, ids[2 * i + 1]!];
    const { promptIds, completionIds: chosenIds } = chosen;
    return { id, split, promptIds, chosenIds, rejectedIds: rejected.completionIds };
  });
  return encoded.filter(
    ({ promptIds, chosenIds, rejectedIds }) =>
      promptIds.length + Math.max(chosenIds.length, rejectedIds.length) <= stage.pairs.maxTokens,
  );
}
