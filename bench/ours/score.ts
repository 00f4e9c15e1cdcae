import type { Task } from './side.ts';

export interface ScoreInput {
  readonly model: string;
  readonly ids: readonly (readonly number[])[];
  /** Tokens of each row that are prompt. */
  readonly promptTokens: number;
  readonly warmUp: number;
}

/** Log-probabilities of given completions. A unit is a token, those of the prompts included. */
export const scoreTask: Task = async (engine, input, precision) => {
  const { model, ids, promptTokens, warmUp } = input as ScoreInput;
  await engine.call('load', { set: { name: 'policy', version: 0 }, source: model, trainable: false, fence: 0 });
  const sequences = ids.map((row) => ({
    promptIds: row.slice(0, promptTokens),
    completionIds: row.slice(promptTokens),
  }));
  const score = async () => {
    const set = { name: 'policy', version: 0 };
    const { logProbs } = await engine.call('score', { set, sequences, temperature: 1, precision });
    const sums = logProbs.map((row) => row.reduce((sum, value) => sum + value, 0));
    return { units: ids.reduce((sum, row) => sum + row.length, 0), result: sums.slice(0, 4) };
  };
  for (let i = 0; i < warmUp; i++) await score();
  return score;
};
