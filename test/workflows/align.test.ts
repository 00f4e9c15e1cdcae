import { describe, expect, test } from 'vitest';

import { LoraConfig } from '../../configs/schema/lora.ts';
import type { Stage } from '../../configs/schema/recipe.ts';
import { RlooStage } from '../../configs/schema/rloo.ts';
import { SuitesConfig } from '../../configs/schema/suites.ts';
import { WarpStage } from '../../configs/schema/warp.ts';
import { BEGINNING, ENDING, JBOND, JBOND_END, JBOND_OPEN, jbondStep, SFT, startAlign } from '../support/align-run.ts';

// What a run does, and in which order.

const { recipe, run } = await startAlign();

describe.concurrent('align', { timeout: 120_000 }, () => {
  test('evaluates, trains and saves in the order of the recipe', async () => {
    const { calls, state } = await run({});
    expect(calls).toEqual([...BEGINNING, ...SFT, ...JBOND, ...ENDING]);
    expect(state.outcome).toBe('finished');
    expect(state.evaluations.map(({ stage, step }) => `${stage} ${step}`)).toEqual(['base 0', 'sft 3', 'jbond 4']);
    expect(state.costs.map(({ stage }) => stage)).toEqual(['base', 'sft', 'jbond']);
  });

  test('saves a stage by the time its steps have taken, where the recipe says so', async () => {
    // In the fake activities every piece of work takes a millisecond: 2 for a step of SFT, 4 for one of J-BOND.
    const { calls } = await run({}, { recipe: { ...recipe, checkpoints: { everyMinutes: 9 / 60_000 } } });
    expect(calls.filter((call) => call.startsWith('save'))).toEqual([
      ...['save result sft v3', 'save recovery jbond v5', 'save result jbond v7'],
    ]);
  });

  test('keeps each stage, and makes none again that was made from the same', async () => {
    const kept = {};
    const first = await run({ kept });
    expect(first.stages).toEqual([
      'wanted base from base',
      'kept base from base',
      'wanted sft from base',
      'kept sft from base',
      'wanted jbond from sft',
      'kept jbond from sft',
    ]);
    const second = await run({ kept });
    expect(second.calls).toEqual(['prepareRun', ...ENDING]);
    expect(second.stages).toEqual(['found base from base', 'found sft from base', 'found jbond from sft']);
    expect(second.state).toMatchObject({ ...first.state, fence: expect.any(Number) as number });
    const fresh = await run({ kept }, { fresh: true });
    expect(fresh.calls).toEqual([...BEGINNING, ...SFT, ...JBOND, ...ENDING]);
  });

  test('begins a stage with the policy that it names, and says what each was made of', async () => {
    const [sft, jbond] = recipe.stages as [Stage, Stage];
    const stages = [
      sft,
      jbond,
      { ...jbond, name: 'again', from: 'sft' },
      { ...sft, name: 'anew', from: 'base' },
      { ...jbond, name: 'last' },
    ];
    const { state, calls } = await run({}, { recipe: { ...recipe, stages } });
    expect(calls.filter((call) => call.startsWith('openSets')).slice(1)).toEqual([
      'openSets sft: result base v0, anchor none, reference none',
      'openSets jbond: result sft v3, anchor a copy, reference sft',
      'openSets again: result sft v3, anchor a copy, reference sft',
      'openSets anew: result base v0, anchor none, reference sft',
      'openSets last: result anew v3, anchor a copy, reference anew',
    ]);
    expect(state.weights.map(({ stage, by, parents }) => `${stage} by ${by} from ${parents[0]!.stage}`)).toEqual([
      ...['sft by sft from base', 'jbond by jbond from sft', 'again by jbond from sft', 'anew by sft from base'],
      'last by jbond from anew',
    ]);
  });

  test('trains adapters on what a stage began with, and evaluates the model that they were merged into', async () => {
    const lora = LoraConfig.parse({ rank: 2 });
    const stages = recipe.stages.map((stage) => ({ ...stage, lora })) as Stage[];
    const { calls, state } = await run({ loseAt: ['jbondBatch 4'] }, { recipe: { ...recipe, stages } });
    const on = (base: string, steps: readonly string[]) =>
      steps.map((call) => {
        if (call.startsWith('openSets')) return `${call}, adapters on ${base}`;
        return call.startsWith('save') ? `${call} on a base` : call;
      });
    const merged = (stage: string, reference: string) => `openSets ${stage}, anchor none, reference ${reference}`;
    const beforeLoss = [...JBOND_OPEN, ...jbondStep(1), ...jbondStep(2), 'save recovery jbond v5', ...jbondStep(3)];
    const recovery = 'openSets jbond: recovery jbond v5, anchor v5, reference sft';
    const afterLoss = [recovery, ...jbondStep(3), ...jbondStep(4), ...JBOND_END.slice(0, -1)];
    expect(calls).toEqual([
      ...[...BEGINNING, ...on('base v0', SFT.slice(0, -1)), merged('sft: result sft v3', 'none'), SFT.at(-1)],
      ...[...on('sft v3', beforeLoss), 'evaluate jbond 3 v6', ...jbondStep(4).slice(0, 2), ...on('sft v3', afterLoss)],
      ...[merged('jbond: result jbond v7', 'sft'), JBOND_END.at(-1), ...ENDING],
    ]);
    const described = state.weights.map(({ stage, folder, by, parents }) => {
      return `${stage} in ${folder} by ${by} of ${parents.map((parent) => `${parent.role} ${parent.stage}`).join(', ')}`;
    });
    expect(described.slice(2)).toEqual([
      'jbond-adapter in result/jbond-7-adapter by jbond of base sft',
      'jbond in result/jbond-7 by lora-merge of base sft, adapter jbond-adapter',
    ]);
  });

  test('measures the untrained model and the result of each stage by the suites, against what came before', async () => {
    const suites = SuitesConfig.parse([
      { kind: 'perplexity' },
      { kind: 'win-rate', name: 'over-base', against: 'base' },
      { kind: 'win-rate', name: 'over-sft', against: 'sft' },
    ]);
    const evaluation = { ...recipe.evaluation, suites };
    // Lost in the middle of them, they are asked for again: the record answers for what was measured before.
    const lost = 'over-sft of jbond 4 v7 against sft';
    const { calls, state } = await run({ loseAt: [lost] }, { recipe: { ...recipe, evaluation } });
    const SFT_SUITES = ['perplexity of sft 3 v3', 'over-base of sft 3 v3 against base'];
    const JBOND_SUITES = ['perplexity of jbond 4 v7', 'over-base of jbond 4 v7 against base', lost];
    expect(calls).toEqual([
      ...[...BEGINNING, 'perplexity of base 0 v0, 1 examples', ...SFT, ...SFT_SUITES, ...JBOND, ...JBOND_SUITES],
      ...[
        'openSets jbond: result jbond v7, anchor a copy, reference sft',
        'evaluate jbond 4 v7',
        ...JBOND_SUITES,
        ...ENDING,
      ],
    ]);
    expect(state.suites?.map(({ stage, suite }) => `${suite} of ${stage}`)).toEqual([
      ...['perplexity of base', 'perplexity of sft', 'over-base of sft'],
      ...['perplexity of jbond', 'over-base of jbond', 'over-sft of jbond'],
    ]);
  });

  test('updates the anchor every so many steps, in J-BOND and in RLOO', async () => {
    const rloo = RlooStage.parse({ kind: 'rloo', steps: 4, maxTokens: 8, anchorRate: 1, anchorEvery: 2 });
    const { calls } = await run({}, { recipe: { ...recipe, stages: [recipe.stages[0]!, rloo] } });
    const step = (number: number, anchor: number) => [
      ...[`rollout ${number} v${number + 2} against v${anchor}`, `rlooBatch ${number}`],
      `trainStep rloo ${number}/4 v${number + 2}`,
      ...(number % 2 === 0 ? [`moveAnchor ${number} v${anchor} to v${number + 3}`] : []),
      `recordStep rloo ${number}`,
    ];
    const made = calls
      .slice(calls.indexOf('planJbond') + 1)
      .filter((call) => !/^(save|remove|evaluate|finish)/.test(call));
    expect(made).toEqual([...step(1, 3), ...step(2, 3), ...step(3, 4), ...step(4, 4)]);
  });

  test('WARP trains policies from one beginning, merges them, steps back, and draws the front', async () => {
    const member = { kind: 'rloo', steps: 4, maxTokens: 8 };
    const warp = WarpStage.parse({ kind: 'warp', iterations: 2, eta: 0.5, front: [0, 1], member });
    const stages = [recipe.stages[0]!, warp];
    for (const loseAt of [
      [],
      ['trainStep warp-1-2 2/4 v4', 'slerp warp-1-slerp: warp-1-1 warp-1-2 since sft, paper'],
    ]) {
      const suites = SuitesConfig.parse([{ kind: 'win-rate', against: 'sft' }]);
      const evaluation = { ...recipe.evaluation, suites };
      const { calls, state } = await run({ warp, loseAt }, { recipe: { ...recipe, stages, evaluation } });
      const merging = calls
        .slice(calls.indexOf('planWarp warp'))
        .filter((call) => /^(openSets|slerp|liti|evaluate warp\S* 0|win-rate)/.test(call));
      const lost = loseAt.length > 0;
      expect(merging).toEqual([
        'openSets warp-1-1: result sft v3, anchor a copy, reference sft',
        'openSets warp-1-2: result sft v3, anchor a copy, reference sft',
        ...(lost ? ['openSets warp-1-2: result sft v3, anchor a copy, reference sft'] : []),
        ...new Array<string>(lost ? 2 : 1).fill('slerp warp-1-slerp: warp-1-1 warp-1-2 since sft, paper'),
        'liti warp-1: 0.5 of warp-1-slerp, the rest sft',
        'openSets warp-2-1: result warp-1 v7, anchor a copy, reference sft',
        'openSets warp-2-2: result warp-1 v7, anchor a copy, reference sft',
        'slerp warp-2-slerp: warp-2-1 warp-2-2 since warp-1, paper',
        ...[0, 1].flatMap((eta) => [
          `liti warp-eta-${eta}: ${eta} of warp-2-slerp, the rest sft`,
          `openSets warp-eta-${eta}: result warp-eta-${eta} v11, anchor none, reference sft`,
          `evaluate warp-eta-${eta} 0 v11`,
        ]),
        'liti warp: 0.5 of warp-2-slerp, the rest sft',
        ...['openSets warp: result warp v11, anchor none, reference sft', 'evaluate warp 0 v11'],
        'win-rate of warp 0 v11 against sft',
      ]);
      expect(state.suites?.map(({ stage, suite }) => `${suite} of ${stage}`)).toEqual(['win-rate of warp']);
      expect(state.checkpoints.at(-1)).toMatchObject({ stage: 'warp', version: 11 });
      expect(state.weights.map(({ stage, by }) => `${stage} ${by}`)).toEqual([
        ...['sft sft', 'warp-1-1 rloo', 'warp-1-2 rloo', 'warp-1-slerp slerp', 'warp-1 liti'],
        ...['warp-2-1 rloo', 'warp-2-2 rloo', 'warp-2-slerp slerp', 'warp-eta-0 liti', 'warp-eta-1 liti', 'warp liti'],
      ]);
    }
  });
});
