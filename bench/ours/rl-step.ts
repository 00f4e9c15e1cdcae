import type { PromptCompletions } from '../../model/api/generation.ts';
import type { OptimizerOptions } from '../../model/api/training.ts';
import exactNumber from '../../rewards/exact-number.ts';
import { normalizeOutcomes, scoreOf } from '../../sdk/outcomes.ts';
import type { Task } from './side.ts';

export interface RlStepInput {
  readonly model: string;
  readonly rows: readonly { readonly prompt: string; readonly answer: string }[];
  readonly numGenerations: number;
  readonly newTokens: number;
  readonly warmUp: number;
}

/**
 * One step of reinforcement learning: samples of each prompt, a reward for each, and an update whose weights are each
 * sample's reward less the mean of the others of its prompt (RLOO). Every sample is trained on, also those of weight 0.
 * A unit is a sampled token.
 */
export const rlStepTask: Task = async (engine, input, precision) => {
  const { model, rows, numGenerations, newTokens, warmUp } = input as RlStepInput;
  await engine.call('load', { set: { name: 'policy', version: 0 }, source: model, trainable: true, fence: 0 });
  const optimizer: OptimizerOptions = {
    ...{ learningRate: 1e-6, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
  };
  let version = 0;
  const step = async () => {
    const set = { name: 'policy', version };
    const items = rows.map(({ prompt }) => ({ prompt }));
    const sequences = await engine.call('tokenize', { set: 'policy', items, chat: false });
    const prompts = sequences.map(({ promptIds }, i) => ({ id: String(i), promptIds }));
    const samples: PromptCompletions[] = [];
    const sampling = { maxTokens: newTokens, temperature: 1, topK: 0, topP: 1 };
    await engine.generate({ set, prompts, numGenerations, sampling, seed: version, precision }, (answer) =>
      samples.push(answer),
    );
    const units = samples.reduce((sum, { completions }) => sum + tokensOf(completions), 0);
    const weighted = await Promise.all(samples.map((group) => weigh(group, rows[group.promptIndex]!, units)));
    const batch = weighted.flatMap((group, i) =>
      group.map(({ tokenIds, weight }) => ({
        promptIds: prompts[samples[i]!.promptIndex]!.promptIds,
        completionIds: tokenIds,
        weight,
      })),
    );
    await engine.call('trainStep', {
      ...{ set, fence: 0, batchDigest: `step ${version}`, sequences: batch, temperature: 1, optimizer, precision },
    });
    version++;
    return { units, result: { completions: batch.length } };
  };
  for (let i = 0; i < warmUp; i++) await step();
  return step;
};

const tokensOf = (completions: PromptCompletions['completions']): number =>
  completions.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);

async function weigh({ completions }: PromptCompletions, row: RlStepInput['rows'][number], allTokens: number) {
  const samples = completions.map(({ text, finishReason }) => ({
    ...{ prompt: row.prompt, completion: text, finishReason, row: { answer: row.answer } },
  }));
  const raw = await exactNumber.score(samples, exactNumber.params.parse({}), { signal: new AbortController().signal });
  const scores = normalizeOutcomes(exactNumber, raw, samples.length).map((outcome) => scoreOf(outcome) ?? 0);
  const sum = scores.reduce((total, score) => total + score, 0);
  return completions.map(({ tokenIds }, i) => {
    const advantage = scores[i]! - (sum - scores[i]!) / (scores.length - 1);
    return { tokenIds, weight: advantage / allTokens };
  });
}
