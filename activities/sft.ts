import type { Recipe } from '../configs/schema/recipe.ts';
import type { SftStage } from '../configs/schema/sft.ts';
import type { TaskConfig } from '../configs/schema/task.ts';
import { sftSteps, sftWeights } from '../policies/sft.ts';
import type { ModelClient, Sequence, SetRef } from '../server/client.ts';
import { writeBatch } from './batches.ts';
import { rowsWithCompletion, type PreparedRow } from './data/prepare.ts';
import { rowsOfStep } from './data/split.ts';
import { renderCompletion, renderPrompt } from './data/task.ts';
import type { Deps } from './deps.ts';
import type { RunRef, StepRef } from './records.ts';
import { recipeOf, rowsOf, stageOf } from './run-data.ts';
import { timed } from './timing.ts';
import { activity, type Work } from './work.ts';

/** Activities of supervised fine-tuning. */
export function sftActivities({ model, store }: Deps) {
  const load = async (run: RunRef, name: string) => {
    const recipe = await recipeOf(store, run);
    const stage = stageOf(recipe, name, 'sft');
    return { recipe, stage, examples: examplesOf(await rowsOf(store, run.train), recipe.task, stage) };
  };
  return {
    planSft: activity(async ({ run, stage: name }: { run: RunRef; stage: string }) => {
      const { stage, examples } = await load(run, name);
      return { steps: sftSteps(examples.length, stage), rows: null };
    }),

    /** The examples of one step as token ids, weighted so that the loss is the mean over the batch's completion tokens. */
    sftBatch: activity(async ({ policy, ...at }: StepRef & { policy: SetRef }, work) => {
      const { recipe, stage, examples } = await load(at.run, at.stage);
      return timed(store, { ...at, part: 'tokenize' }, async () => {
        const rows = rowsOfStep({
          ...{
            rows: examples.length,
            perStep: stage.batchSize,
            step: at.step - 1,
            limit: examples.length * stage.epochs,
          },
          ...{ seed: recipe.seed, stage: stage.name },
        }).map(({ index }) => examples[index]!);
        const sequences = await tokenizeExamples(model, { recipe, set: policy, rows }, work);
        const weights = sftWeights(sequences.map(({ completionIds }) => completionIds.length));
        const weighted = sequences.map((sequence, i) => ({ id: rows[i]!.id, ...sequence, weight: weights[i]! }));
        return { batch: await writeBatch(store, at, weighted) };
      });
    }),
  };
}

/** The first of the shuffled rows that have a completion, as many as the stage wants. */
export function examplesOf(
  rows: readonly PreparedRow[],
  task: TaskConfig,
  stage: Pick<SftStage, 'name' | 'examples'>,
): PreparedRow[] {
  const available = rowsWithCompletion(rows, task);
  const wanted = stage.examples ?? available.length;
  if (wanted <= available.length && available.length > 0) return available.slice(0, wanted);
  throw new RangeError(
    `stage ${stage.name}: got ${available.length} training rows with a completion, expected at least ${wanted || 1}; ` +
      'lower examples, or give more data',
  );
}

/** Rows with their completions as token ids, in order. */
export async function tokenizeExamples(
  model: ModelClient,
  { recipe: { task }, set, rows }: { recipe: Recipe; set: SetRef; rows: readonly PreparedRow[] },
  { signal }: Work,
): Promise<readonly Sequence[]> {
  if (rows.length === 0) return [];
  const items = rows.map((row) => ({ prompt: renderPrompt(task, row), completion: renderCompletion(task, row)! }));
  return model.tokenize({ set: set.name, items, chat: task.chat }, { signal });
}
