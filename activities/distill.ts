import type { DistillStage } from '../configs/schema/distill.ts';
import type { Recipe } from '../configs/schema/recipe.ts';
import { distillWeights, isOnPolicy } from '../policies/distill.ts';
import { sftSteps } from '../policies/sft.ts';
import type { Distillation, SetRef, TeacherSequence } from '../server/client.ts';
import type { ArtifactRef } from './artifacts.ts';
import { writeBatch, type BatchItem } from './batches.ts';
import type { PreparedRow } from './data/prepare.ts';
import { rowsOfStep } from './data/split.ts';
import type { Deps } from './deps.ts';
import { writeOnce } from './journal.ts';
import { judgeOnce } from './judging.ts';
import type { Checkpoint, Metrics, RunRef, StepRef } from './records.ts';
import { jsonLines, recipeOf, rowsOf, stageOf } from './run-data.ts';
import { runFiles } from './run-files.ts';
import { preparePrompts, sample, tokensOf } from './sampling.ts';
import { setNames } from './sets.ts';
import { examplesOf, tokenizeExamples } from './sft.ts';
import { mean } from './statistics.ts';
import { cacheTargets } from './teacher-cache.ts';
import { timed } from './timing.ts';
import type { Teaching } from './training.ts';
import { activity, type Work } from './work.ts';

export interface PlanDistillInput {
  readonly run: RunRef;
  readonly stage: string;
  readonly policy: SetRef;
  /** To draw all targets from beforehand; null when the teacher stays loaded. */
  readonly teacher: Checkpoint | null;
}

export interface DistillBatchInput extends StepRef {
  readonly policy: SetRef;
  readonly teacher: SetRef | null;
  readonly targets: ArtifactRef | null;
}

/** One sequence of a step. */
interface Drawn {
  readonly id: string;
  readonly promptIds: readonly number[];
  readonly completionIds: readonly number[];
  readonly own: { readonly reward: number | null } | null;
}

/** Activities of distillation. */
export function distillActivities({ model, store }: Deps) {
  const load = async (run: RunRef, name: string) => {
    const recipe = await recipeOf(store, run);
    const stage = stageOf(recipe, name, 'distill');
    return { recipe, stage, examples: examplesOf(await rowsOf(store, run.train), recipe.task, stage) };
  };
  return {
    /** Counts the steps and, with a teacher given, draws all targets, for which alone it loads the teacher. */
    planDistill: activity(async ({ run, stage: name, policy, teacher }: PlanDistillInput, work) => {
      const { recipe, stage, examples } = await load(run, name);
      const steps = sftSteps(examples.length, stage);
      if (!teacher) return { steps, rows: null, targets: null };
      const sequences = await tokenizeExamples(model, { recipe, set: policy, rows: examples }, work);
      const set = { name: setNames(run.runId).teacher, version: teacher.version };
      const open = async () => {
        const source = store.locate(teacher.folder);
        await model.load({ set, source, trainable: false, fence: 0 }, { signal: work.signal });
        return { teacher: set, student: policy.name };
      };
      const request = {
        ...{ teacherSha256: teacher.sha256, draw: drawOf(recipe, stage), temperature: stage.temperature },
        ...{ sequences: sequences.map((sequence, i): TeacherSequence => ({ id: examples[i]!.id, ...sequence })) },
        precision: recipe.precision.training,
      };
      const { index } = await timed(store, { run, stage: name, part: 'teach' }, () =>
        cacheTargets({ model, store }, request, open, work),
      );
      await model.drop(set.name, { signal: work.signal });
      return { steps, rows: null, targets: index };
    }),

    /** The sequences of one step, the policy's own among them, with the weights of `policies/distill.ts`. */
    distillBatch: activity(async ({ policy, teacher, targets, ...at }: DistillBatchInput, work) => {
      const { recipe, stage, examples } = await load(at.run, at.stage);
      const rows = rowsOfStep({
        ...{ rows: examples.length, perStep: stage.batchSize, step: at.step - 1 },
        ...{ limit: examples.length * stage.epochs, seed: recipe.seed, stage: stage.name },
      }).map(({ index, epoch }) => ({ row: examples[index]!, id: `${examples[index]!.id}/${epoch}` }));
      const isOwn = ({ id }: { id: string }) => isOnPolicy(stage.onPolicyShare, recipe.seed, stage.name, at.step, id);

      return timed(store, { ...at, part: 'generate' }, async () => {
        const [theirs, ours] = [rows.filter((each) => !isOwn(each)), rows.filter(isOwn)];
        const given = await tokenizeExamples(model, { recipe, set: policy, rows: theirs.map(({ row }) => row) }, work);
        const own = await sampleOwn({ model, store }, { at, recipe, stage, policy, rows: ours }, work);
        // Targets kept on disk go by the row alone: they are the same in each epoch.
        const drawn: Drawn[] = [
          ...given.map((one, i) => ({ id: targets ? theirs[i]!.row.id : theirs[i]!.id, ...one, own: null })),
          ...own.sequences,
        ];
        const weights = distillWeights(
          drawn.map(({ completionIds, own }) => ({ tokens: completionIds.length, own })),
          stage,
        );
        const items = drawn.map(({ id, promptIds, completionIds }, i): BatchItem => {
          const { weight, teacherWeight } = weights[i]!;
          return { id, promptIds, completionIds, weight, teacher: { id, weight: teacherWeight } };
        });
        const teaching: Teaching = { distillation: distillationOf(recipe, stage, teacher), targets };
        return { batch: await writeBatch(store, at, items), teaching, metrics: own.metrics, tokens: own.tokens };
      });
    }),
  };
}

function drawOf({ seed }: Recipe, { samples, weighting, topK }: DistillStage) {
  return { samples, weighting, topK, seed };
}

function distillationOf(recipe: Recipe, stage: DistillStage, teacher: SetRef | null): Distillation {
  const { temperature, targets, divergence } = stage;
  if (!teacher) return { kind: 'given', temperature };
  if (targets === 'full') return { kind: 'full', temperature, teacher, beta: divergence };
  return { kind: 'sampled', temperature, teacher, draw: drawOf(recipe, stage) };
}

interface OwnRequest {
  readonly at: StepRef;
  readonly recipe: Recipe;
  readonly stage: DistillStage;
  readonly policy: SetRef;
  readonly rows: readonly { readonly row: PreparedRow; readonly id: string }[];
}

/** Completions of the policy itself, judged where the stage wants their rewards. No gradient flows through the sampling. */
async function sampleOwn(
  { model, store }: Deps,
  { at, recipe, stage, policy, rows }: OwnRequest,
  work: Work,
): Promise<{ sequences: Drawn[]; metrics: Metrics; tokens: number }> {
  if (rows.length === 0) return { sequences: [], metrics: {}, tokens: 0 };
  const chosen = { recipe, set: policy, rows: rows.map(({ row }) => row), ids: rows.map(({ id }) => id) };
  const prompts = await preparePrompts(model, chosen, work);
  const sampling = { maxTokens: stage.maxTokens!, temperature: stage.samplingTemperature, topK: 0, topP: 1 };
  const completions = await sample(
    model,
    { set: policy, prompts, stream: `${stage.name}/policy`, numGenerations: 1, sampling, recipe },
    work,
  );
  const lines = prompts.map(({ id, text, promptIds }, group) => {
    const { text: completion, finishReason, tokenIds, logProbs } = completions[group]![0]!;
    const by = 'policy' as const;
    return { group, id, by, prompt: text, completion, finishReason, promptIds, tokenIds, logProbs };
  });
  const path = runFiles(at.run.runId).samples(at.stage, at.step);
  const samples = lines.map((line) => ({ ...line, row: rows[line.group]!.row }));
  const judged =
    stage.rewardWeight > 0
      ? await judgeOnce({ store, at, path }, { recipe, samples, model }, lines, work)
      : lines.map((line) => ({ ...line, reward: null, isCorrect: null, parts: [] }));
  await writeOnce(store, path, jsonLines(judged));
  const rewards = judged.flatMap(({ reward }) => reward ?? []);
  const lengths = lines.map(({ tokenIds }) => tokenIds.length);
  return {
    sequences: judged.map(({ id, promptIds, tokenIds, reward }) => {
      return { id, promptIds, completionIds: tokenIds, own: { reward } };
    }),
    metrics: {
      onPolicy: rows.length,
      completionLength: mean(lengths),
      ...(rewards.length > 0 && { reward: mean(rewards) }),
    },
    tokens: tokensOf(completions),
  };
}
