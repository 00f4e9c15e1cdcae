import { expect, test } from 'vitest';

import { put, readSetting } from '../../configs/settings.ts';

const recipe = {
  stages: [{ kind: 'sft' }, { kind: 'jbond', name: 'first' }, { kind: 'jbond', name: 'second' }],
  rewards: [{ use: 'exact-number' }, { use: './own.ts' }],
  judging: null,
  layers: [3, 4],
};
const read = (text: string) => readSetting(text, recipe, 'recipe.yaml');

test.each<[string, (string | number)[], unknown]>([
  ['seed=5', ['seed'], 5],
  ['stages.sft.epochs=2', ['stages', 0, 'epochs'], 2],
  ['stages.second.steps=7', ['stages', 2, 'steps'], 7], // by its name, which comes before its kind
  ['stages[1].steps=7', ['stages', 1, 'steps'], 7],
  ['stages.1.steps=7', ['stages', 1, 'steps'], 7],
  ['rewards.exact-number.weight=0.5', ['rewards', 0, 'weight'], 0.5],
  ['layers.1=9', ['layers', 1], 9],
  ['judging.combine=gate', ['judging', 'combine'], 'gate'], // where there is nothing yet
  ['precision.training=bfloat16', ['precision', 'training'], 'bfloat16'],
  ['rewards[0].params.after=a = b', ['rewards', 0, 'params', 'after'], 'a = b'],
  ['data.where={ n: [1, 2] }', ['data', 'where'], { n: [1, 2] }],
  ['data.where=null', ['data', 'where'], undefined],
  ['name=', ['name'], undefined],
])('%s', (text, path, value) => {
  expect(read(text)).toEqual({ path, value });
});

test.each([
  ['stages.jbond.steps=1', 'got jbond, expected one of sft, first, second'],
  ['stages[3].steps=1', 'got 3, expected one of sft, first, second'],
  ['stages.secnd.steps=1', 'did you mean second?'],
  ['layers[0].x=1', 'got 3 at layers.0, expected a mapping or a list to go on in'],
  ['layers[0]=null', 'lists keep their entries'],
  ['=1', 'got no value, expected KEY=VALUE'],
])('%s is refused', (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test('put makes the mappings on its way, keeps what lies beside, and takes away', () => {
  const root: Record<string, unknown> = { a: null, b: { c: 1, d: 2 }, e: [{ f: 1 }] };
  put(root, ['a', 'x', 'y'], 1);
  put(root, ['b', 'c'], 3);
  put(root, ['b', 'd'], undefined);
  put(root, ['e', 0, 'g'], 2);
  expect(root).toEqual({ a: { x: { y: 1 } }, b: { c: 3 }, e: [{ f: 1, g: 2 }] });
  expect('d' in (root.b as object)).toBe(false);
});
