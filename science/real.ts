import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { RunResult } from '../activities/records.ts';
import type { EncodedPair } from '../activities/reward-model.ts';
import { rewardModelFiles, runFiles } from '../activities/run-files.ts';
import { mean, meanEstimate, shareEstimate } from '../activities/statistics.ts';
import type { Estimate } from '../activities/statistics.ts';
import type { Engine } from '../model/api/engine.ts';
import type { RewardResult } from '../model/api/reward-models.ts';
import type { SetRef } from '../model/api/sets.ts';
import { createEngine } from '../model/engine.ts';
import { publicData } from './data.ts';
import type { Experiment, Finding } from './experiment.ts';
import { align, isAboveZero, answersOf, makerOf, pairedRise, percent, WORKSPACE } from './real-runs.ts';
import type { Alignment, Answer } from './real-runs.ts';
import { verdict } from './statistics.ts';

const CHANCE = 0.5;
const SEED = 9;

/** The recipe at a third of its size, with shorter answers and shorter pairs. */
const recipe = (pairs: { readonly judge: string; readonly referee: string }): Alignment => ({
  id: 'science-real',
  recipe: 'configs/gemma3-270m-full.yaml',
  data: publicData('instruction/llamafactory-demo/alpaca_en_demo.jsonl'),
  set: {
    seed: SEED,
    'data.where.output.matches': String.raw`'^[\s\S]{1,80}$'`,
    'rewards.length.params.max': 20,
    'rewards.length.params.margin': 8,
    'stages.judge.pairs.train': pairs.judge,
    'stages.judge.pairs.evaluation': publicData('preference/mix/tuning.jsonl'),
    'stages.judge.pairs.maxTokens': 80,
    'stages.referee.pairs.train': pairs.referee,
    'stages.referee.pairs.maxTokens': 80,
    'stages.warp.member.steps': 6,
    'stages.warp.member.promptsPerStep': 16,
    'stages.warp.member.maxTokens': 32,
    'stages.warp.front': '[]',
    'evaluation.maxTokens': 32,
    'evaluation.klSamples': 8,
    'evaluation.suites.ifeval.data': publicData('eval/ifeval/input_data.jsonl'),
    'evaluation.suites.ifeval.prompts': 8,
    'evaluation.suites.ifeval.maxTokens': 48,
    'evaluation.suites.perplexity.data': publicData('eval/long-text/frankenstein.txt'),
    'evaluation.suites.perplexity.texts': 4,
  },
});

export const experiment: Experiment = {
  claim:
    'The whole recipe on the real 270M: SFT makes answers end in time; the average of reward models ranks pairs of other prompts better than a single one; policies trained against it and merged have a higher reward by it, and win against SFT by a reward model that was trained on other prompts and that none of them saw',
  source: 'The recipe of Gemma 3 (arXiv 2503.19786, section 3) with WARM and WARP, on public data',
  async run({ note }) {
    const result = await align(recipe(await halves()), note);
    note('reward models, pair by pair');
    const models = new RewardModels(makerOf('judge', result), await createEngine());
    const ranks = await models.rankings();
    const [sft, merged] = await Promise.all(['sft', 'warp'].map((stage) => answersOf(stage, result)));
    const rise = pairedRise(await models.rewards(sft!), await models.rewards(merged!));
    return findingOf(result, ranks, rise);
  },
};

/** The pairs in two files without a prompt in common: the judge learns from the one, the referee from the other. */
async function halves(): Promise<{ judge: string; referee: string }> {
  const lines = (await readFile(publicData('preference/mix/train.jsonl'), 'utf8')).trim().split('\n');
  const isJudges = (line: string) => {
    const { prompt } = JSON.parse(line) as { prompt: unknown };
    return createHash('sha256').update(JSON.stringify(prompt)).digest()[0]! < 128;
  };
  const folder = join(WORKSPACE, 'science-data');
  await mkdir(folder, { recursive: true });
  const write = async (name: string, kept: readonly string[]) => {
    const file = join(folder, `${name}.jsonl`);
    await writeFile(file, `${kept.join('\n')}\n`);
    return file;
  };
  return {
    judge: await write('judge', lines.filter(isJudges)),
    referee: await write(
      'referee',
      lines.filter((line) => !isJudges(line)),
    ),
  };
}

function findingOf(result: RunResult, ranks: Rankings, rise: Estimate): Finding {
  const { average, single, ensemble, gap } = ranks;
  const stages = [...new Set(result.evaluations.map(({ stage }) => stage))];
  const inTime = (stage: string): Estimate => {
    const { accuracy, interval, n } = result.evaluations.findLast((each) => each.stage === stage)!;
    return { value: accuracy, interval, n };
  };
  const learns = inTime('sft').interval[0] > inTime('base').interval[1];
  const suites = result.suites.map(({ stage, suite, values }) => ({ stage, suite, values }));
  const { winRate } = result.suites.findLast(({ kind }) => kind === 'win-rate')!.values as { winRate: Estimate };
  const wins = winRate.interval[0] > CHANCE;
  const kl = result.evaluations.findLast(({ stage }) => stage === 'warp')!.klToSft;
  return {
    parts: {
      'SFT ends its answers in time': learns,
      'the average of reward models ranks better than a single one': isAboveZero(gap),
      'the merged policy has a higher reward': isAboveZero(rise),
      'the merged policy wins against SFT': wins,
    },
    analysis:
      `Answers that end in time and are short: ${stages.map((stage) => `${stage} ${percent(inTime(stage))}`).join(', ')}; ` +
      `SFT above the base model: ${verdict(learns)}. Pairs of other prompts ranked as people did (n ${average.n}): average ` +
      `${percent(average)}, mean single ${percent(single)}, ensemble ${percent(ensemble)}; average less single, in pairs, ` +
      `${percent(gap)}, above 0: ${verdict(isAboveZero(gap))}. Reward by the average, whose standard deviation over pairs is 1, ` +
      `merged policy less SFT, prompt by prompt: ${rise.value.toFixed(3)} (${rise.interval.map((end) => end.toFixed(3)).join(' to ')}), ` +
      `above 0: ${verdict(isAboveZero(rise))}, at ${kl?.toFixed(2)} nats. By the referee the merged policy wins against SFT in ` +
      `${percent(winRate)}, above half: ${verdict(wins)}. One seed; intervals are over prompts and pairs.`,
    seeds: [SEED],
    numbers: {
      inTime: Object.fromEntries(stages.map((stage) => [stage, inTime(stage)])),
      ...{ average, single, ensemble, averageLessSingle: gap, mergedLessSft: rise, klToSft: kl, suites },
      costs: result.costs,
    },
    intervals: {
      ...Object.fromEntries(stages.map((stage) => [`answers in time, ${stage}`, inTime(stage).interval])),
      'pairs ranked right, average less single': gap.interval,
      'reward, merged policy less SFT': rise.interval,
      'merged policy wins against SFT': winRate.interval,
    },
    plots: {
      real: {
        title: 'Real 270M: answers in time by stage, pairs ranked right by reward model, wins against SFT',
        ...{ xLabel: `1 to ${stages.length}: ${stages.join(', ')}`, yLabel: 'share' },
        series: [
          { label: 'answers that end in time', points: pointsOf(stages.map(inTime)) },
          { label: 'pairs ranked right: average, single', style: 'points', points: pointsOf([average, single]) },
          { label: 'wins against SFT', style: 'points', points: pointsOf([winRate], stages.length - 1) },
        ],
      },
    },
  };
}

const pointsOf = (estimates: readonly Estimate[], from = 0) =>
  estimates.map(({ value, interval: [low, high] }, i) => [from + i + 1, value, low, high] as const);

interface Rankings {
  /** Of pairs ranked as labelled: by the average, by a single member (their mean), and by the members' mean reward. */
  readonly average: Estimate;
  readonly single: Estimate;
  readonly ensemble: Estimate;
  /** Average less single, pair by pair. */
  readonly gap: Estimate;
}

/** The judge: its members, and their average. */
class RewardModels {
  readonly #runId: string;
  readonly #engine: Engine;

  constructor(runId: string, engine: Engine) {
    this.#runId = runId;
    this.#engine = engine;
  }

  /** Ranks the evaluation pairs once more, by each member and by their average. */
  async rankings(): Promise<Rankings> {
    const home = rewardModelFiles(this.#runId, 'judge');
    const rows = (await readFile(join(WORKSPACE, runFiles(this.#runId).chosenRows('judge')), 'utf8'))
      .trim()
      .split('\n');
    const pairs = rows.map((row) => JSON.parse(row) as EncodedPair).filter(({ split }) => split === 'evaluation');
    const sequences = pairs.flatMap(({ promptIds, chosenIds, rejectedIds }) =>
      [chosenIds, rejectedIds].map((completionIds) => ({ promptIds, completionIds })),
    );
    const marginsOf = async (folder: string): Promise<number[]> => {
      const rewards = await this.#asking(folder, (set) =>
        this.#engine.reward({ set, sequences, calibrated: false, precision: 'float32' }),
      );
      return pairs.map((_, i) => rewards[2 * i]! - rewards[2 * i + 1]!);
    };
    const members: number[][] = [];
    for (let m = 0; existsSync(join(WORKSPACE, home.member(m))); m++) members.push(await marginsOf(home.member(m)));
    const average = (await marginsOf(home.average)).map(isRight);
    const single = pairs.map((_, i) => mean(members.map((margins) => isRight(margins[i]!))));
    const ensemble = pairs.map((_, i) => isRight(mean(members.map((margins) => margins[i]!))));
    const gap = meanEstimate(average.map((right, i) => right - single[i]!));
    return { average: shareEstimate(average), single: shareEstimate(single), ensemble: shareEstimate(ensemble), gap };
  }

  /** Calibrated rewards of answers by the average, by prompt. */
  async rewards(answers: readonly Answer[]): Promise<Map<string, number>> {
    const rewards = await this.#asking(rewardModelFiles(this.#runId, 'judge').average, async (set) => {
      const sequences = await this.#engine.tokenize({ set: set.name, items: answers, chat: true });
      return this.#engine.reward({ set, sequences, calibrated: true, precision: 'float32' });
    });
    return new Map(answers.map(({ id }, i) => [id, rewards[i]!]));
  }

  async #asking(folder: string, ask: (set: SetRef) => Promise<RewardResult>): Promise<readonly number[]> {
    const set = { name: folder, version: 0 };
    await this.#engine.load({ set, source: join(WORKSPACE, folder), trainable: false, fence: 0 });
    const { rewards } = await ask(set);
    await this.#engine.drop(folder);
    return rewards;
  }
}

/** A tie is half right. */
const isRight = (margin: number) => (margin > 0 ? 1 : margin === 0 ? 0.5 : 0);
