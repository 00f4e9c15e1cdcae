import { describe, expect, test } from 'vitest';

import { partOf } from '../../cli/runs/part-command.ts';
import { loadRecipe, type UnresolvedRecipe } from '../../configs/load.ts';
import { Recipe } from '../../configs/schema/recipe.ts';

const { recipe: tiny } = await loadRecipe('configs/tiny.yaml');
const [sft, jbond] = tiny.stages;
const recipe = (more: object): UnresolvedRecipe => Recipe.parse({ ...tiny, ...more });
const file = 'r.yaml';

describe('the stages of one kind', () => {
  test('are all that is left, from the model where what they began with is not run', () => {
    const whole = recipe({
      stages: [sft, { ...jbond, name: 'one', from: 'sft' }, { ...jbond, name: 'two', from: 'one' }],
    });
    const { stages } = partOf(whole, { file, kind: 'jbond' });
    expect(stages.map(({ name, from }) => [name, from])).toEqual([
      ['one', undefined],
      ['two', 'one'],
    ]);
    const alone = partOf(whole, { file, kind: 'jbond', stage: 'two' });
    expect(alone.stages.map(({ name, from }) => [name, from])).toEqual([['two', undefined]]);
    expect(Recipe.parse(alone)).toEqual(alone);
  });

  test('are not compared with stages that are not run', () => {
    const suites = ['base', 'sft', 'jbond'].map((against) => ({ kind: 'win-rate', name: `to-${against}`, against }));
    const whole = recipe({ evaluation: { ...tiny.evaluation, suites } });
    const { evaluation } = partOf(whole, { file, kind: 'jbond' });
    expect(evaluation.suites.map(({ name }) => name)).toEqual(['to-base', 'to-jbond']);
  });

  test('learn from a model, where their teacher was a stage', () => {
    const distill = { kind: 'distill', teacher: 'sft', maxTokens: 8 };
    const whole = recipe({ stages: [sft, distill] });
    expect(() => partOf(whole, { file, kind: 'distill' })).toThrow('learns from sft, which is not run; give --teacher');
    const { stages } = partOf(whole, { file, kind: 'distill', teacher: 'tiny' });
    expect(stages).toMatchObject([{ kind: 'distill', teacher: 'tiny' }]);
  });

  test('are refused when their reward is a model that is not made', () => {
    const rewards = [{ use: 'reward-model', params: { model: 'judge' } }];
    const judge = { kind: 'reward-model', name: 'judge', pairs: { train: 'pairs.jsonl' } };
    const whole = recipe({ stages: [judge, sft, jbond], rewards });
    expect(() => partOf(whole, { file, kind: 'jbond' })).toThrow('the reward model of stage judge, which is not run');
    expect(partOf(whole, { file, kind: 'sft' }).stages).toHaveLength(1);
    expect(partOf(whole, { file, kind: 'reward-model' }).stages).toHaveLength(1);
  });
});
