import type { Recipe } from '../configs/schema/recipe.ts';
import { scoreOf } from '../sdk/outcomes.ts';
import type { ModelClient, SetRef } from '../server/client.ts';
import { rowsWithCompletion, type PreparedRow } from './data/prepare.ts';
import { cutFewShotCompletion, renderFewShotPrompt } from './data/task.ts';
import type { Deps } from './deps.ts';
import { klOf, samplerGapOf } from './evaluation/distance.ts';
import { recordOnce, writeOnce } from './journal.ts';
import { judgeOnce, type Judged, type SamplesRecord } from './judging.ts';
import type { Evaluation, StepRef } from './records.ts';
import { jsonLines, recipeOf, rowsOf } from './run-data.ts';
import { runFiles } from './run-files.ts';
import { preparePrompts, sample, tokensOf } from './sampling.ts';
import { meanEstimate, wilsonInterval, type Estimate } from './statistics.ts';
import { timed } from './timing.ts';
import { activity, type Work } from './work.ts';

export interface EvaluateInput extends StepRef {
  readonly policy: SetRef;
  /** The policy the KL is measured to; null when there is none yet. */
  readonly reference: SetRef | null;
  /** The policy itself is what later KLs are measured to: its own is 0. */
  readonly isReference: boolean;
  /** Solved examples before each prompt. */
  readonly fewShot: number;
}

export function evaluateActivities({ model, store }: Deps) {
  return {
    /**
     * Greedy accuracy on the run's evaluation rows with what each reward says of them, how far the policy is from the
     * reference, and the sampler from the trainer.
     */
    evaluate: activity(async ({ policy, reference, isReference, fewShot, ...at }: EvaluateInput, work) => {
      const recipe = await recipeOf(store, at.run);
      const rows = (await rowsOf(store, at.run.evaluation)).slice(0, recipe.evaluation.problems);
      const examples = rowsWithCompletion(await rowsOf(store, at.run.train), recipe.task).slice(0, fewShot);
      const samplesPath = runFiles(at.run.runId).evaluationSamples(at.stage, at.step);
      const record = { store, at, path: samplesPath };
      const context = { model, recipe, policy, rows, stream: `evaluation/${at.stage}/${at.step}`, record };

      const greedy = await timed(store, { ...at, part: 'evaluate' }, () => greedyAccuracy(context, examples, work));
      await writeOnce(store, samplesPath, jsonLines(greedy.lines));
      const far =
        reference && !isReference && recipe.evaluation.klSamples > 0
          ? await timed(store, { ...at, part: 'kl' }, () => klOf(context, reference, work))
          : { kl: isReference ? 0 : null, standardError: isReference ? 0 : null, timings: [] };

      const { accuracy, n, interval, unjudged, rewards, samplerGap } = greedy;
      const evaluation: Evaluation = {
        ...{ stage: at.stage, step: at.step, split: 'evaluation', accuracy, n, interval, unjudged },
        ...{ klToSft: far.kl, klToSftStandardError: far.standardError, rewards, samplerGap },
      };
      await recordOnce(store, runFiles(at.run.runId).evaluations, evaluation);
      return { evaluation, timings: [...greedy.timings, ...far.timings] };
    }),
  };
}

/** Greedy completions of which sampler and trainer are compared. */
const GAP_COMPLETIONS = 64;

interface Context {
  readonly model: ModelClient;
  readonly recipe: Recipe;
  readonly policy: SetRef;
  readonly rows: readonly PreparedRow[];
  /** Names the random stream. */
  readonly stream: string;
  /** Where the judged samples are kept; null for nowhere. */
  readonly record: SamplesRecord | null;
}

/**
 * Greedy completions of the rows, after solved `examples` where there are some, and what the rewards say of them.
 *
 * @throws RangeError when nothing could be judged: that is no accuracy of 0.
 */
export async function greedyAccuracy(
  { model, recipe, policy, rows, stream, record }: Context,
  examples: readonly PreparedRow[],
  work: Work,
) {
  const render = (row: PreparedRow) => renderFewShotPrompt(recipe.task, examples, row);
  const ids = rows.map(({ id }) => id);
  const request = { recipe, set: policy, rows, ids, ...(examples.length > 0 && { render }) };
  const prompts = await preparePrompts(model, request, work);
  const sampling = { maxTokens: recipe.evaluation.maxTokens, temperature: 0, topK: 0, topP: 1 };
  const answers = await sample(model, { set: policy, prompts, stream, numGenerations: 1, sampling, recipe }, work);
  const lines = answers.map(([answer], i) => {
    const { text, finishReason, tokenIds, logProbs } = examples.length > 0 ? cutFewShotCompletion(answer!) : answer!;
    return { id: ids[i]!, prompt: prompts[i]!.text, completion: text, finishReason, tokenIds, logProbs };
  });
  const compared = answers
    .slice(0, GAP_COMPLETIONS)
    .map(([answer], i) => ({ ...answer!, promptIds: prompts[i]!.promptIds }));
  const samplerGap = await samplerGapOf({ model, recipe, policy }, compared, work);
  const samples = lines.map((line, i) => ({ ...line, row: rows[i]! }));
  const verdicts = await judgeOnce(record, { recipe, samples, model }, lines, work);
  const judged = verdicts.filter(({ isCorrect }) => isCorrect !== null);
  const right = judged.filter(({ isCorrect }) => isCorrect).length;
  const n = judged.length;
  if (n === 0) {
    throw new RangeError(
      `evaluation: none of ${verdicts.length} completions could be judged, so there is no accuracy; the first reward said: ` +
        JSON.stringify(verdicts[0]?.parts[0] ?? 'nothing, for there are no evaluation rows'),
    );
  }
  return {
    ...{ accuracy: right / n, n, interval: wilsonInterval(right, n), unjudged: verdicts.length - n },
    ...{ lines: verdicts, tokens: tokensOf(answers), rewards: rewardMeans(verdicts), samplerGap },
  };
}

/** Mean of what is trained on, and of each reward by its name, over the completions that have a score. */
function rewardMeans(verdicts: readonly Judged[]): Record<string, Estimate> {
  const names = verdicts[0]?.parts.map(({ name }) => name) ?? [];
  const columns = [
    { name: 'reward', scores: verdicts.map(({ reward }) => reward) },
    ...names.map((name, r) => ({ name, scores: verdicts.map(({ parts }) => scoreOf(parts[r]!)) })),
  ];
  return Object.fromEntries(
    columns.flatMap(({ name, scores }) => {
      const found = scores.filter((score) => score !== null);
      return found.length === 0 ? [] : [[name, meanEstimate(found)]];
    }),
  );
}
