import type { RunResult } from '../activities/records.ts';
import type { Estimate } from '../activities/statistics.ts';
import { publicData } from './data.ts';
import type { Experiment, Finding } from './experiment.ts';
import { align, isAboveZero, answersOf, pairedRise, percent } from './real-runs.ts';
import type { Alignment, Answer } from './real-runs.ts';
import { verdict } from './statistics.ts';

/** Numbers up to 20: beyond them the 270M fails at sums, which so few steps do not teach. */
const SMALL = {
  question: String.raw`'^(?!.*(\d{3}|2[1-9]|[3-9]\d|\d\.\d))'`,
  answer: String.raw`'^(1?\d|20)$'`,
};

const problems = (): Alignment => ({
  id: 'science-real-problems',
  recipe: 'configs/word-problems.yaml',
  data: publicData('math/easy-word-problems/easy_train.jsonl'),
  set: {
    seed: 8,
    'data.where.question.matches': SMALL.question,
    'data.where.answer.matches': SMALL.answer,
    'data.holdout': 250,
    'stages.sft.examples': 256,
    'stages.jbond.steps': 28,
    'stages.jbond.promptsPerStep': 32,
    'stages.jbond.learningRate': 8e-6, // as in the quickstart
    'stages.jbond.maxTokens': 16,
    'evaluation.maxTokens': 16,
    'evaluation.problems': 250,
    'evaluation.everySteps': 28, // at the end alone
    'evaluation.klSamples': 64,
  },
});

const STAGES = ['base', 'sft', 'jbond'] as const;

export const experiment: Experiment = {
  claim: 'On the real 270M and real word problems SFT raises the share solved, and J-BOND raises it further',
  source: 'The recipe of Gemma 3 (arXiv 2503.19786, section 3), rewards that are checked, on public data',
  async run({ note }) {
    const result = await align(problems(), note);
    const answers = await Promise.all(STAGES.map((stage) => answersOf(stage, result)));
    return findingOf(result, answers);
  },
};

function findingOf({ evaluations, costs }: RunResult, answers: readonly Answer[][]): Finding {
  const solved = STAGES.map((name): Estimate => {
    const { accuracy, interval, n } = evaluations.findLast(({ stage }) => stage === name)!;
    return { value: accuracy, interval, n };
  });
  const right = answers.map(
    (each) => new Map(each.flatMap(({ id, isCorrect }) => (isCorrect === null ? [] : [[id, Number(isCorrect)]]))),
  );
  const [sft, jbond] = [1, 2].map((i) => pairedRise(right[i - 1]!, right[i]!)) as [Estimate, Estimate];
  const { klToSft } = evaluations.at(-1)!;
  return {
    parts: {
      'SFT solves more than the base model': isAboveZero(sft),
      'J-BOND solves more than SFT': isAboveZero(jbond),
    },
    analysis:
      `Solved of ${solved[0]!.n} problems held out: ${STAGES.map((stage, i) => `${stage} ${percent(solved[i]!)}`).join(', ')}. ` +
      `Problem by problem SFT solves ${percent(sft)} more than the base model with four examples, above 0: ` +
      `${verdict(isAboveZero(sft))}; J-BOND ${percent(jbond)} more than SFT, above 0: ${verdict(isAboveZero(jbond))}, ` +
      `at ${klToSft?.toFixed(2)} nats to SFT. One seed; intervals are over problems.`,
    seeds: [8],
    numbers: {
      solved: Object.fromEntries(STAGES.map((stage, i) => [stage, solved[i]])),
      rises: { sft, jbond },
      klToSft,
      costs,
    },
    intervals: {
      ...Object.fromEntries(STAGES.map((stage, i) => [`solved, ${stage}`, solved[i]!.interval])),
      'SFT less base': sft.interval,
      'J-BOND less SFT': jbond.interval,
    },
    plots: {
      'real-problems': {
        title: `Real 270M: word problems solved (1 ${STAGES.join(', then ')})`,
        ...{ xLabel: 'stage', yLabel: 'share' },
        series: [{ label: 'solved', points: solved.map(({ value, interval }, i) => [i + 1, value, ...interval]) }],
      },
    },
  };
}
