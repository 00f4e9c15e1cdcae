import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readPairs } from '../../../activities/data/pairs.ts';
import { PairsConfig } from '../../../configs/schema/reward-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const message = (content: string, role = 'user') => ({ role, content });
function fileOf(rows: readonly object[]): string {
  const file = join(temporaryFolder(), 'pairs.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

describe('readPairs', () => {
  test('holds prompts out whole, and leaves conversations of several turns out', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      ...{ id: `p${i}`, prompt: [message(`question ${Math.floor(i / 2)}`)], chosen: `good ${i}`, rejected: 'bad' },
    }));
    const chat = { prompt: [message('a'), message('b', 'assistant'), message('c')], chosen: 'x', rejected: 'y' };
    const config = PairsConfig.parse({ train: fileOf([...rows, chat]), holdout: 3 });
    const { train, evaluation, leftOut } = await readPairs(config, 1);
    expect([train.length, evaluation.length, leftOut.turns]).toEqual([34, 6, 1]);
    const held = new Set(evaluation.map(({ prompt }) => prompt));
    expect(held.size).toBe(3);
    expect(train.filter(({ prompt }) => held.has(prompt))).toEqual([]);
    expect(await readPairs(config, 1)).toEqual({ train, evaluation, leftOut });
    expect((await readPairs(config, 2)).train).not.toEqual(train);
  });

  test('takes an empty completion for an answer', async () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((prompt) => ({ prompt, chosen: 'something', rejected: '' }));
    const { train, evaluation } = await readPairs(PairsConfig.parse({ train: fileOf(rows) }), 0);
    expect([...train, ...evaluation].map(({ rejected }) => rejected)).toEqual(['', '', '', '', '']);
  });

  test('names the row whose column does not fit', async () => {
    const config = PairsConfig.parse({ train: fileOf([{ prompt: 'a', chosen: 'b', rejected: 7 }]) });
    await expect(readPairs(config, 0)).rejects.toThrow('row 1: rejected is 7, expected a text');
  });
});
