import * as z from 'zod';

import { defineReward, type Outcome } from '../sdk/reward.ts';

/**
 * The calibrated reward of a reward model: 0 is the mean of its reference sample and 1 a standard deviation above, cut off
 * at ±10.
 *
 * Abstains while the stage that makes the model has not ended.
 */
export default defineReward({
  name: 'reward-model',
  version: 1,
  params: z.strictObject({
    model: z
      .string()
      .min(1)
      .describe(
        'Name of a reward-model stage of the recipe, or path (with a /) of a reward model, from the workspace.',
      ),
  }),
  columns: z.strictObject({}),
  range: [-10, 10],
  timeoutMs: 600_000,
  async score(samples, { model }, context) {
    const items = samples.map(({ prompt, completion }) => ({
      prompt,
      completion: completion === '' ? '\n' : completion,
    }));
    const rewards = await context.model.score(items, { model });
    return rewards.map((reward): Outcome =>
      Number.isNaN(reward)
        ? { outcome: 'abstained', reason: `the reward model ${model} has not been made yet` }
        : { outcome: 'scored', score: Math.min(10, Math.max(-10, reward)), reason: `reward ${reward.toFixed(4)}` },
    );
  },
});
