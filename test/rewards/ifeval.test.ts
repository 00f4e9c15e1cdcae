import { describe, expect, test } from 'vitest';

import ifeval from '../../rewards/ifeval.ts';
import type { IfevalRow } from '../../rewards/ifeval/checkers.ts';
import type { Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';
import { judgeWith } from '../support/judge.ts';

const row: IfevalRow = {
  instruction_id_list: ['punctuation:no_comma', 'startend:quotation'],
  kwargs: [{}, {}],
};

function sample(completion: string): Sample<IfevalRow> {
  return { prompt: '', completion, finishReason: 'stop', row };
}

const both = sample('"all of it"');
const one = sample('some of it');
const none = sample('nothing, really');

describeReward(ifeval, { params: { reading: 'loose' }, samples: [both, one, none] }, { describe, test });

test('all instructions or nothing', async () => {
  expect(await judgeWith(ifeval, {}, [both, one, none])).toEqual([
    { outcome: 'scored', score: 1, reason: 'all followed' },
    { outcome: 'scored', score: 0, reason: 'not followed: startend:quotation' },
    { outcome: 'scored', score: 0, reason: 'not followed: punctuation:no_comma, startend:quotation' },
  ]);
});

test('or the share of them', async () => {
  expect(await judgeWith(ifeval, { credit: 'share' }, [both, one, none])).toMatchObject(
    [1, 0.5, 0].map((score) => ({ score })),
  );
});

test('or a looser reading', async () => {
  const chatty = sample('Sure, here it is:\n"all of it"');
  const scores = await Promise.all(['strict', 'loose'].map((reading) => judgeWith(ifeval, { reading }, [chatty])));
  expect(scores).toMatchObject([[{ score: 0 }], [{ score: 1 }]]);
});
