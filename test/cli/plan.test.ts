import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { planStages } from '../../cli/plan/estimate.ts';
import { loadRecipe } from '../../configs/load.ts';
import { LoraConfig } from '../../configs/schema/lora.ts';
import { RewardModelStage } from '../../configs/schema/reward-model.ts';
import { GEMMA3_SIZES } from '../../model/gemma3/sizes.ts';
import { parameterCount } from '../../model/gemma3/config.ts';
import { forwardFlops, setMemory } from '../../model/memory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const INPUTS = { examples: 4000, tokens: { prompt: 40, completion: 8 } };

describe('memory', () => {
  const config = GEMMA3_SIZES['1b'];
  const parameters = parameterCount(config);

  test('a trained set holds weights, gradient and two moments in float32, and a bfloat16 copy to sample with', () => {
    expect(setMemory(config, { trained: true, samples: 'bfloat16' })).toEqual({
      weights: 4 * parameters,
      training: 12 * parameters,
      narrow: 2 * parameters,
    });
    const frozen = setMemory(config, { trained: false, samples: null });
    expect([frozen.training, frozen.narrow]).toEqual([0, 0]);
  });

  test('a forward pass of a short text costs about two operations for each weight', () => {
    const { layers, head } = forwardFlops(config, 1);
    expect((layers + head) / (2 * parameters)).toBeCloseTo(1, 2);
  });
});

describe('a plan', () => {
  test('counts steps, and the sets that a stage holds', async () => {
    const { recipe } = await loadRecipe('configs/gemma3-1b.yaml');
    const teachers = { distill: GEMMA3_SIZES['4b'] };
    const [distill, jbond] = planStages({ ...INPUTS, recipe, config: GEMMA3_SIZES['1b'], teachers });
    expect([distill!.steps, jbond!.steps]).toEqual([64, 64]);
    // Drawn beforehand: the teacher is there before the working memory of the steps, not beside it.
    const before = distill!.memory['teacher, before the steps']! + distill!.memory['working memory']!;
    expect(before).toBe(4 * parameterCount(GEMMA3_SIZES['4b']));
    expect(Object.keys(jbond!.memory)).toEqual([
      ...['policy', 'gradient and moments', 'anchor', 'reference', 'working memory', 'total'],
    ]);
    const { total, ...parts } = jbond!.memory;
    expect(total).toBe(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0));
  });

  test('of adapters holds one base for policy, anchor and the reference that they began with', async () => {
    const { recipe } = await loadRecipe('configs/gemma3-1b.yaml');
    const lora = LoraConfig.parse({});
    const stages = recipe.stages.map((stage) => (stage.kind === 'jbond' ? { ...stage, lora } : stage));
    const inputs = { ...INPUTS, config: GEMMA3_SIZES['1b'], teachers: { distill: GEMMA3_SIZES['4b'] } };
    const [, whole] = planStages({ ...inputs, recipe });
    const [, jbond] = planStages({ ...inputs, recipe: { ...recipe, stages } });
    // 26 layers of rank 16, matrices of D 1152, F 6912, 4 heads and 1 key-value head of 256.
    const [D, F, Q, K] = [1152, 6912, 1024, 256];
    const adapter = 4 * 26 * 16 * (2 * (D + Q) + 2 * (D + K) + 3 * (D + F));
    expect(jbond!.memory).toMatchObject({ base: whole!.memory.policy, adapter, anchor: adapter });
    expect(jbond!.memory['gradient and moments']).toBe(3 * adapter);
    expect(jbond!.memory.reference).toBeUndefined();
    expect(jbond!.memory['working memory']).toBeLessThan(whole!.memory['working memory']!);
    expect(jbond!.flops).toBeLessThan(whole!.flops);
  });

  test('of a reward model reads each pair once for its head, and trains each member on all of them', async () => {
    const { recipe } = await loadRecipe('configs/gemma3-1b.yaml');
    const [train, evaluation] = ['train', 'evaluation'].map((name) => join(temporaryFolder(), `${name}.jsonl`));
    writeFileSync(train!, '{}\n'.repeat(100));
    const workOf = (probeSteps: number) => {
      const options = { kind: 'reward-model', pairs: { train, evaluation }, members: 2, batchSize: 16, probeSteps };
      const inputs = { ...INPUTS, config: GEMMA3_SIZES['1b'], teachers: {} };
      return planStages({ ...inputs, recipe: { ...recipe, stages: [RewardModelStage.parse(options)] } })[0]!.flops;
    };
    const { prompt, completion } = INPUTS.tokens;
    const once = (prompt + 2 * completion) * forwardFlops(GEMMA3_SIZES['1b'], prompt + completion).layers;
    expect(workOf(2) / once).toBeCloseTo(32 + 3 * 2 * 100, 6);
    expect(workOf(50) / once).toBeCloseTo(100 + 3 * 2 * 100, 6);
  });

  test.each([
    ['1b', 80e9, true],
    ['4b', 80e9, false],
    ['4b', 141e9, true],
    ['12b', 141e9, false],
    ['27b', 141e9, false],
  ] as const)('%s in %d bytes: %s', async (size, available, fits) => {
    const { recipe } = await loadRecipe(`configs/gemma3-${size}.yaml`);
    const larger = { '1b': '4b', '4b': '12b', '12b': '27b', '27b': '27b' } as const;
    const teachers = size === '27b' ? {} : { distill: GEMMA3_SIZES[larger[size]] };
    const stages = planStages({ ...INPUTS, recipe, config: GEMMA3_SIZES[size], teachers });
    expect(Math.max(...stages.map(({ memory }) => memory.total)) <= available).toBe(fits);
  });
});
