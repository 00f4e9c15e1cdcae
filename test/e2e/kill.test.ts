import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Recipe } from '../../configs/load.ts';
import { expectSameBits } from '../support/killed-run.ts';

test('a run whose processes are killed ends with the weights and metrics of one left in peace', async () => {
  const { checkpoints, folder } = await expectSameBits({
    args: ['configs/tiny.yaml'],
    // Each process once in each stage.
    kills: {
      'step sft 1': 'worker',
      'step sft 3': 'model',
      'step sft 4': 'temporal',
      'step jbond 1': 'model',
      'step jbond 3': 'worker',
      'step jbond 5': 'temporal',
    },
    files: ['config.json', 'metrics.jsonl', 'evaluations.jsonl', 'samples', 'batches', 'checkpoints'],
  });
  expect(Object.keys(checkpoints)).toEqual(['sft', 'jbond']);
  const { precision } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Recipe;
  expect(precision.training, 'what auto came to').toMatch(/^(float32|bfloat16)$/);
}, 600_000);
