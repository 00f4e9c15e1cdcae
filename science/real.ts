import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { EncodedPair } from '../activities/reward-model.ts';
import type { RunResult } from '../activities/records.ts';
import { rewardModelFiles, runFiles } from '../activities/run-files.ts';
import { mean, meanEstimate, shareEstimate } from '../activities/statistics.ts';
import type { Estimate } from '../activities/statistics.ts';
import { createEngine } from '../model/engine.ts';
import { REPOSITORY } from '../scripts/paths.mjs';
import { publicData } from './data.ts';
import type { Experiment, Finding } from './experiment.ts';
import { verdict } from './statistics.ts';

/** Kept: a stage that was made before is not made again, and an interrupted experiment goes on where it was. */
const WORKSPACE = join(REPOSITORY, '.cabochon');
const CHANCE = 0.5;

/** A recipe, and what of it is replaced: files of public data, and sizes. */
interface Alignment {
  readonly id: string;
  readonly recipe: string;
  readonly data: string;
  readonly evaluationData?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly sizes?: Readonly<Record<string, number | string>>;
}

const PREFERENCES: Alignment = {
  id: 'science-preferences',
  recipe: 'configs/gemma3-270m-full.yaml',
  data: 'instruction/llamafactory-demo/alpaca_en_demo.jsonl',
  files: {
    'stages.judge.pairs.train': 'preference/mix/train.jsonl',
    'stages.judge.pairs.evaluation': 'preference/mix/tuning.jsonl',
    'stages.referee.pairs.train': 'preference/mix/tuning.jsonl',
    'evaluation.suites.ifeval.data': 'eval/ifeval/input_data.jsonl',
    'evaluation.suites.perplexity.data': 'eval/long-text/frankenstein.txt',
  },
  // A third of what the recipe is sized for, with shorter answers and shorter pairs.
  sizes: {
    'data.where.output.matches': String.raw`'^[\s\S]{1,80}$'`,
    'rewards.length.params.max': 20,
    'rewards.length.params.margin': 8,
    'stages.sft.epochs': 3,
    'stages.judge.pairs.maxTokens': 80,
    'stages.referee.pairs.maxTokens': 128,
    'stages.warp.member.steps': 4,
    'stages.warp.member.promptsPerStep': 16,
    'stages.warp.member.maxTokens': 32,
    'evaluation.maxTokens': 32,
    'evaluation.klSamples': 16,
    'evaluation.suites.ifeval.prompts': 16,
    'evaluation.suites.ifeval.maxTokens': 64,
    'evaluation.suites.perplexity.texts': 8,
  },
};

const WORD_PROBLEMS: Alignment = {
  id: 'science-word-problems',
  recipe: 'configs/word-problems.yaml',
  data: 'math/easy-word-problems/easy_train.jsonl',
  evaluationData: 'math/easy-word-problems/easy_tuning.jsonl',
  sizes: {
    'stages.sft.examples': 256,
    'stages.jbond.steps': 8,
    'stages.jbond.promptsPerStep': 32,
    'evaluation.problems': 150,
    'evaluation.everySteps': 8,
    'evaluation.klSamples': 64,
  },
};

export const experiment: Experiment = {
  claim:
    'On the real 270M: SFT and then J-BOND raise the share of word problems solved; the average of reward models ranks pairs of other prompts better than a single one; and policies trained against it and merged win against SFT by a reward model that none was trained on',
  source: 'The recipe of Gemma 3 (arXiv 2503.19786, section 3) with WARM and WARP, on public data',
  async run({ note }) {
    const commands = [commandOf(WORD_PROBLEMS), commandOf(PREFERENCES)]; // no hour is spent before all data is found
    commands.forEach((command) => note(`cabochon ${command.join(' ')}`));
    const solved = await align(WORD_PROBLEMS.id, commands[0]!);
    const preferred = await align(PREFERENCES.id, commands[1]!);
    note('reward models, pair by pair');
    return findingOf(solved, preferred, await rankings(makerOf('judge', preferred)));
  },
};

function findingOf(solved: RunResult, preferred: RunResult, { average, single, ensemble, gap }: Rankings): Finding {
  const accuracy = (stage: string): Estimate => {
    const { accuracy, interval, n } = solved.evaluations.findLast((each) => each.stage === stage)!;
    return { value: accuracy, interval, n };
  };
  const stages = [...new Set(solved.evaluations.map(({ stage }) => stage))];
  const accuracies = stages.map(accuracy);
  const rises = accuracies.slice(1).map((after, i) => difference(after, accuracies[i]!));
  const winRates = preferred.suites.filter(({ kind }) => kind === 'win-rate');
  const { winRate } = winRates.at(-1)!.values as { winRate: Estimate };

  const isAboveZero = ({ interval: [low] }: Estimate) => low > 0;
  const averageIsBetter = isAboveZero(gap);
  const wins = winRate.interval[0] > CHANCE;
  const suites = preferred.suites.map(({ stage, suite, values }) => ({ stage, suite, values }));
  return {
    parts: {
      ...Object.fromEntries(rises.map((rise, i) => [`${stages[i + 1]!} solves more word problems`, isAboveZero(rise)])),
      'the average of reward models ranks better than a single one': averageIsBetter,
      'the merged policy wins against SFT': wins,
    },
    analysis:
      `Word problems solved: ${stages.map((stage, i) => `${stage} ${percent(accuracies[i]!)}`).join(', ')}; each ` +
      `stage's rise above 0: ${rises.map((rise) => verdict(isAboveZero(rise))).join(', ')}. Pairs of other prompts ranked as people did (n ${average.n}): average ` +
      `${percent(average)}, mean single ${percent(single)}, ensemble ${percent(ensemble)}; average less single, in pairs, ` +
      `${percent(gap)}, above 0: ${verdict(averageIsBetter)}. Merged policy against SFT by the referee: wins ` +
      `${percent(winRate)}, above half: ${verdict(wins)}. One seed; intervals are over problems and pairs.`,
    seeds: [7],
    numbers: {
      wordProblems: Object.fromEntries(stages.map((stage, i) => [stage, accuracies[i]])),
      preferences: { average, single, ensemble, averageLessSingle: gap, suites },
      costs: [...solved.costs, ...preferred.costs],
    },
    intervals: {
      ...Object.fromEntries(stages.map((stage, i) => [`word problems solved, ${stage}`, accuracies[i]!.interval])),
      'pairs ranked right, average less single': gap.interval,
      'merged policy wins against SFT': winRate.interval,
    },
    plots: {
      real: {
        title: `Real 270M: word problems solved (1 ${stages.join(', then ')}), win rate against SFT`,
        ...{ xLabel: 'stage', yLabel: 'share' },
        series: [
          {
            label: 'word problems solved',
            points: accuracies.map(({ value, interval }, i) => [i + 1, value, ...interval]),
          },
          {
            ...{ label: 'win rate of each stage', style: 'points' },
            points: winRates.map(({ values }, i) => [i + 1, values.winRate!.value, ...values.winRate!.interval]),
          },
        ],
      },
    },
  };
}

/** How a user would run it. */
function commandOf({ id, recipe, data, evaluationData, files = {}, sizes = {} }: Alignment): string[] {
  const paths = Object.entries(files).map(([key, file]) => [key, publicData(file)] as const);
  return [
    ...['align', join(REPOSITORY, recipe), '--workspace', WORKSPACE, '--run-id', id, '--data', publicData(data)],
    ...(evaluationData === undefined ? [] : ['--evaluation-data', publicData(evaluationData)]),
    ...[...paths, ...Object.entries(sizes)].flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ];
}

/** Runs what is left of a run, and reads how it ended. */
async function align(id: string, command: readonly string[]): Promise<RunResult> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'cli/main.ts'), ...command], { stdio: ['ignore', 2, 2] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the run ${id} ended with code ${code}; what it said stands above`);
  return JSON.parse(await readFile(join(WORKSPACE, runFiles(id).result), 'utf8')) as RunResult;
}

/** The run that made a stage: an earlier one, where it was not made again. */
function makerOf(stage: string, { runId, costs }: RunResult): string {
  return costs.find((cost) => cost.stage === stage)?.reusedFrom ?? runId;
}

interface Rankings {
  /** Of pairs ranked as labelled: by the average, by a single member (their mean), and by the members' mean reward. */
  readonly average: Estimate;
  readonly single: Estimate;
  readonly ensemble: Estimate;
  /** Average less single, pair by pair. */
  readonly gap: Estimate;
}

/** Ranks the judge's evaluation pairs once more, by each member and by their average. */
async function rankings(runId: string): Promise<Rankings> {
  const folder = (path: string) => join(WORKSPACE, path);
  const home = rewardModelFiles(runId, 'judge');
  const rows = (await readFile(folder(runFiles(runId).chosenRows('judge')), 'utf8')).trim().split('\n');
  const pairs = rows.map((row) => JSON.parse(row) as EncodedPair).filter(({ split }) => split === 'evaluation');
  const sequences = pairs.flatMap(({ promptIds, chosenIds, rejectedIds }) =>
    [chosenIds, rejectedIds].map((completionIds) => ({ promptIds, completionIds })),
  );
  const engine = await createEngine();
  const marginsOf = async (source: string): Promise<number[]> => {
    const set = { name: source, version: 0 };
    await engine.load({ set, source, trainable: false, fence: 0 });
    const { rewards } = await engine.reward({ set, sequences, calibrated: false, precision: 'float32' });
    await engine.drop(source);
    return pairs.map((_, i) => rewards[2 * i]! - rewards[2 * i + 1]!);
  };
  const members: number[][] = [];
  for (let m = 0; existsSync(folder(home.member(m))); m++) members.push(await marginsOf(folder(home.member(m))));
  const average = (await marginsOf(folder(home.average))).map(isRight);
  const single = pairs.map((_, i) => mean(members.map((margins) => isRight(margins[i]!))));
  const ensemble = pairs.map((_, i) => isRight(mean(members.map((margins) => margins[i]!))));
  const gap = meanEstimate(average.map((right, i) => right - single[i]!));
  return { average: shareEstimate(average), single: shareEstimate(single), ensemble: shareEstimate(ensemble), gap };
}

/** A tie is half right. */
const isRight = (margin: number) => (margin > 0 ? 1 : margin === 0 ? 0.5 : 0);

/** Of two independent estimates. */
function difference(a: Estimate, b: Estimate): Estimate {
  const half = Math.hypot(...[a, b].map(({ interval: [low, high] }) => (high - low) / 2));
  const value = a.value - b.value;
  return { value, interval: [value - half, value + half], n: Math.min(a.n, b.n) };
}

function percent({ value, interval: [low, high] }: Estimate): string {
  const [middle, from, to] = [value, low, high].map((share) => (100 * share).toFixed(1));
  return `${middle} % (${from} to ${to})`;
}
