import type { Task } from './side.ts';

export interface DecodeInput {
  readonly model: string;
  readonly ids: readonly (readonly number[])[];
  readonly newTokens: number;
  readonly warmUp: number;
}

/** Greedy completions of given prompts. A unit is a new token; reading the prompts is part of the time. */
export const decodeTask: Task = async (engine, input, precision) => {
  const { model, ids, newTokens, warmUp } = input as DecodeInput;
  await engine.call('load', { set: { name: 'sampler', version: 0 }, source: model, trainable: false, fence: 0 });
  const prompts = ids.map((promptIds, index) => ({ id: String(index), promptIds }));
  const decode = async () => {
    const completions: (readonly number[])[] = [];
    await engine.generate(
      {
        ...{ set: { name: 'sampler', version: 0 }, prompts, numGenerations: 1, seed: 0, precision },
        sampling: { maxTokens: newTokens, temperature: 0, topK: 0, topP: 1 },
      },
      ({ promptIndex, completions: [completion] }) => void (completions[promptIndex] = completion!.tokenIds),
    );
    return { units: completions.reduce((sum, tokens) => sum + tokens.length, 0), result: completions };
  };
  for (let i = 0; i < warmUp; i++) await decode();
  return decode;
};
