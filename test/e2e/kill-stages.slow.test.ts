import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { expectSameBits } from '../support/killed-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** 12 steps of reward models: 3 of the head, 4 of each member on 16 of the 20 pairs, and one that averages. */
const PAIRS = 20;

const RECIPE = `
name: stages
seed: 7
model: tiny
data:
  generator: { kind: one-operation, trainProblems: 64, evaluationProblems: 16 }
task:
  prompt: "Question: {question}\\nAnswer:"
  completion: ' {expression} = {answer}'
  equation: equation
judging: { combine: sum }
rewards:
  - use: exact-number
  - { use: reward-model, params: { model: judge }, weight: 0.1 }
stages:
  - { kind: sft, examples: 8, epochs: 1, batchSize: 4, learningRate: 1e-3 }
  - { kind: distill, from: base, teacher: sft, examples: 16, batchSize: 4, samples: 8, learningRate: 1e-3 }
  - kind: distill
    name: own
    teacher: sft
    examples: 16
    batchSize: 4
    targets: full
    onPolicyShare: 0.5
    maxTokens: 6
    learningRate: 1e-3
  - kind: reward-model
    name: judge
    pairs: { train: pairs.jsonl, maxTokens: 200 }
    members: 2
    probeSteps: 3
    batchSize: 4
    learningRate: 1e-3
  - kind: warp
    policies: 2
    iterations: 1
    eta: 0.5
    front: [1]
    member: { kind: jbond, steps: 4, promptsPerStep: 4, learningRate: 1e-3, anchorRate: 0.1, maxTokens: 6 }
evaluation: { problems: 8, klSamples: 8, maxTokens: 6 }
checkpoints: { everySteps: 2 }
`;

test('each kind of stage ends the same, whatever is killed in it', async () => {
  const folder = temporaryFolder();
  const pairs = Array.from({ length: PAIRS }, (_, i) => {
    return { prompt: `${i} + 1 =`, chosen: ` ${i + 1}`, rejected: ` ${(7 * i) % 10} or so` };
  });
  writeFileSync(join(folder, 'pairs.jsonl'), pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
  const recipe = join(folder, 'recipe.yaml');
  writeFileSync(recipe, RECIPE);

  const { checkpoints } = await expectSameBits({
    args: [recipe],
    kills: {
      'step distill 1': 'temporal',
      'step distill 2': 'model',
      'step distill 3': 'worker',
      'step own 1': 'worker',
      'step own 3': 'model',
      // In the head, in a member, and while the members are averaged.
      'step judge 1': 'model',
      'step judge 6': 'temporal',
      'step judge 9': 'worker',
      'step judge 11': 'model',
      // In both members, while they are merged, and between the points of the front.
      'step warp-1-1 1': 'worker',
      'step warp-1-1 3': 'model',
      'step warp-1-2 2': 'temporal',
      'step warp-1-2 4': 'model',
      'evaluation warp-eta-1 0': 'worker',
    },
    files: [
      ...['config.json', 'metrics.jsonl', 'evaluations.jsonl', 'lineage.json'],
      ...['samples', 'batches', 'checkpoints', 'reward-models'],
    ],
  });
  expect(Object.keys(checkpoints)).toEqual(['sft', 'distill', 'own', 'judge', 'warp']);
});
