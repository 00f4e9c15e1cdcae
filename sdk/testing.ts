import assert from 'node:assert/strict';

import { normalizeOutcomes } from './outcomes.ts';
import type { Outcome, Reward, Sample } from './reward.ts';

/** `describe` and `test` of vitest, jest, mocha or node:test. */
export interface TestFunctions {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => void | Promise<void>): unknown;
}

export interface RewardCase<Row> {
  /** As in a recipe. */
  readonly params: unknown;
  /** A few completions of every sort it should tell apart; no infrastructure may fail on them. */
  readonly samples: readonly Sample<Row>[];
}

/**
 * What every reward must do. A reward's own test file calls this first, then says what it scores.
 *
 *     describeReward(brevity, { params: {}, samples }, { describe, test });
 */
export function describeReward<Params, Row>(
  reward: Reward<Params, Row>,
  { params, samples }: RewardCase<Row>,
  { describe, test }: TestFunctions,
): void {
  const judge = async (batch: readonly Sample<Row>[]): Promise<Outcome[]> => {
    const signal = AbortSignal.timeout(reward.timeoutMs);
    return normalizeOutcomes(reward, await reward.score(batch, reward.params.parse(params), { signal }), batch.length);
  };

  describe(`reward contract: ${reward.name}`, () => {
    test('declares a name, a version, a range and a time limit that make sense', () => {
      assert.match(reward.name, /^[a-z][a-z0-9-]*$/);
      assert.ok(Number.isInteger(reward.version) && reward.version > 0, 'version is a whole number from 1');
      assert.ok(reward.range[0] < reward.range[1], 'range goes from lowest to highest');
      assert.ok(reward.timeoutMs > 0, 'timeoutMs is more than 0');
    });

    test('gives one outcome for each completion, scores inside its range', async () => {
      const faults = (await judge(samples)).filter(({ outcome }) => outcome === 'infra_error' || outcome === 'timeout');
      assert.deepEqual(faults, []);
    });

    test('judges a completion the same alone, in a batch, and in another order', async () => {
      const together = await judge(samples);
      const alone = await Promise.all(samples.map(async (sample) => (await judge([sample]))[0]));
      assert.deepEqual(alone, together);
      assert.deepEqual((await judge(samples.toReversed())).toReversed(), together);
    });

    test('takes an empty batch', async () => {
      const context = { signal: AbortSignal.timeout(reward.timeoutMs) };
      assert.deepEqual(await reward.score([], reward.params.parse(params), context), []);
    });

    test('leaves its samples as they are', async () => {
      const copy = structuredClone(samples);
      await judge(samples);
      assert.deepEqual(samples, copy);
    });

    test('refuses an option and a column it does not know, and reads the columns of its samples', () => {
      assert.ok(!reward.params.safeParse({ ...(params as object), noSuchOption: 1 }).success, 'params must be strict');
      for (const { row } of samples) {
        assert.ok(reward.columns.safeParse(row).success, `columns must accept ${JSON.stringify(row)}`);
        assert.ok(!reward.columns.safeParse({ ...row, noSuchColumn: 1 }).success, 'columns must be strict');
      }
    });
  });
}
