import { describe, expect, test } from 'vitest';

import language from '../../rewards/language.ts';
import { LANGUAGES } from '../../rewards/language/detect.ts';
import type { Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';
import golden from '../golden/languages.json' with { type: 'json' };
import { judgeWith } from '../support/judge.ts';

type Row = { language?: string };

function sample(completion: string, row: Row = {}, prompt = ''): Sample<Row> {
  return { prompt, completion, finishReason: 'stop', row };
}

const ENGLISH = golden.en;
const GERMAN = golden.de;

describeReward(
  language,
  { params: {}, samples: [sample(GERMAN, { language: 'de' }), sample(ENGLISH, { language: 'de' }), sample('Hm')] },
  { describe, test },
);

test.each(Object.entries(golden))('tells %s', async (code, text) => {
  const asked = [code, code === 'en' ? 'de' : 'en'];
  const outcomes = await judgeWith(
    language,
    {},
    asked.map((each) => sample(text, { language: each })),
  );
  expect(outcomes).toMatchObject([
    { outcome: 'scored', score: 1 },
    { outcome: 'scored', score: 0 },
  ]);
});

test('what is asked for: the recipe, else the row, else the language of the prompt', async () => {
  const samples = [sample(GERMAN, { language: 'en' }, GERMAN), sample(GERMAN, {}, GERMAN), sample(GERMAN, {}, ENGLISH)];
  expect(await judgeWith(language, { language: 'de' }, samples)).toMatchObject([1, 1, 1].map((score) => ({ score })));
  expect(await judgeWith(language, {}, samples)).toMatchObject([0, 1, 0].map((score) => ({ score })));
});

test('abstains where the text does not tell', async () => {
  const outcomes = await judgeWith(
    language,
    { language: 'en' },
    ['12 + 5 = 17', 'OK', `${ENGLISH.slice(0, 60)} ${GERMAN.slice(0, 30)}`].map((text) => sample(text)),
  );
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['abstained', 'abstained', 'abstained']);
  expect(await judgeWith(language, {}, [sample(GERMAN)])).toEqual([
    { outcome: 'abstained', reason: 'the language of the prompt is not clear' },
  ]);
});

test('only languages that can be told may be asked for', () => {
  expect(LANGUAGES).toContain('ne');
  expect(language.columns.safeParse({ language: 'tlh' }).success).toBe(false);
});
