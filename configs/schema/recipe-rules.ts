import type { DataConfig } from './data.ts';
import type { EvaluationConfig } from './evaluation.ts';
import type { Stage } from './recipe.ts';
import type { RewardConfig } from './rewards.ts';
import type { TaskConfig } from './task.ts';

/** The parts of a recipe that have to fit each other. */
interface Parts {
  readonly stages: readonly Stage[];
  readonly task: TaskConfig;
  readonly data: DataConfig;
  readonly rewards: readonly RewardConfig[];
  readonly evaluation: EvaluationConfig;
}

/** What is wrong, and at which field. */
interface Finding {
  readonly path: (string | number)[];
  /** What is there. */
  readonly input: unknown;
  readonly message: string;
}

/** Rules between fields of a recipe. */
export function recipeFindings(recipe: Parts): Finding[] {
  const { stages, evaluation, rewards } = recipe;
  return [
    ...rewards.flatMap((_, index) => rewardRules.flatMap((rule) => rule(recipe, index))),
    ...evaluation.suites.flatMap((_, index) => suiteRules.flatMap((rule) => rule(recipe, index))),
    ...stages.flatMap((_, index) => stageRules.flatMap((rule) => rule(recipe, index))),
  ];
}

/** Looks at the reward, suite, or stage, of an index. */
type Rule = (recipe: Parts, index: number) => readonly Finding[];

const rewardRules: readonly Rule[] = [rewardModelIsAStage, rewardModelIsMade];
const suiteRules: readonly Rule[] = [perplexityHasTexts, opponentIsMade, judgeIsAStage];
const stageRules: readonly Rule[] = [
  nameIsUnique,
  nameIsNotBase,
  fromIsPolicy,
  teacherIsMade,
  startsArePolicies,
  completionIsGiven,
  examplesAreThere,
];

/** Kinds of stages whose result is no policy, so that no stage can begin with it. */
const MAKE_NO_POLICY: ReadonlySet<string> = new Set(['reward-model']);

/** Policies that are there when the stage begins. */
const policiesBefore = ({ stages }: Parts, index: number): string[] => [
  'base',
  ...stages.slice(0, index).flatMap(({ kind, name }) => (MAKE_NO_POLICY.has(kind) ? [] : [name])),
];

/** Whether the stage cannot do without rewards. */
export function learnsFromRewards(stage: Stage): boolean {
  if (stage.kind === 'distill') return stage.rewardWeight > 0;
  return stage.kind === 'jbond' || stage.kind === 'rloo' || stage.kind === 'warp';
}

/** The stage that a `reward-model` reward names; null where it is another reward, or names a path. */
function stageNamed({ use, params }: Pick<RewardConfig, 'use' | 'params'>): string | null {
  const { model } = params;
  return use === 'reward-model' && typeof model === 'string' && !model.includes('/') ? model : null;
}

function rewardModelIsAStage(recipe: Parts, index: number): Finding[] {
  return notARewardModel(recipe, recipe.rewards[index]!, ['rewards', index, 'params', 'model']);
}

function judgeIsAStage(recipe: Parts, index: number): Finding[] {
  const suite = recipe.evaluation.suites[index]!;
  if (suite.kind !== 'win-rate' || !suite.judge) return [];
  return notARewardModel(recipe, suite.judge, ['evaluation', 'suites', index, 'judge', 'params', 'model']);
}

function notARewardModel(
  { stages }: Parts,
  reward: Pick<RewardConfig, 'use' | 'params'>,
  path: (string | number)[],
): Finding[] {
  const named = stageNamed(reward);
  const made = stages.flatMap(({ kind, name }) => (kind === 'reward-model' ? [name] : []));
  if (named === null || made.includes(named)) return [];
  const stagesThere = made.length === 0 ? 'of which there is none' : `one of ${made.join(', ')}`;
  const message = `got "${named}", expected a reward-model stage, ${stagesThere}, or the path of a reward model, with a /`;
  return [{ path, input: named, message }];
}

/** Before that a reward abstains: nothing could be learned from it. */
function rewardModelIsMade({ stages, rewards }: Parts, index: number): Finding[] {
  const reward = rewards[index]!;
  const named = stageNamed(reward);
  const maker = stages.findIndex(({ name }) => name === named);
  const early = stages.slice(0, maker + 1).find(learnsFromRewards);
  if (reward.weight === 0 || maker < 0 || !early) return [];
  const message = `got "${named}", which has not been made when stage ${early.name} learns from it; put it earlier`;
  return [{ path: ['rewards', index, 'params', 'model'], input: named, message }];
}

function perplexityHasTexts({ evaluation, task }: Parts, index: number): Finding[] {
  const suite = evaluation.suites[index]!;
  if (suite.kind !== 'perplexity' || suite.data !== undefined || task.completion !== undefined) return [];
  const path = ['evaluation', 'suites', index, 'data'];
  return [{ path, input: undefined, message: 'got nothing, expected a file; or task.completion' }];
}

function opponentIsMade({ evaluation, stages }: Parts, index: number): Finding[] {
  const suite = evaluation.suites[index]!;
  const opponents = ['base', ...stages.map(({ name }) => name)];
  if (suite.kind !== 'win-rate' || opponents.includes(suite.against)) return [];
  const message = `got "${suite.against}", expected one of ${opponents.join(', ')}`;
  return [{ path: ['evaluation', 'suites', index, 'against'], input: suite.against, message }];
}

function nameIsUnique({ stages }: Parts, index: number): Finding[] {
  const { name } = stages[index]!;
  if (stages.findIndex((other) => other.name === name) === index) return [];
  const message = `got "${name}" a second time; give each stage a name of its own`;
  return [{ path: ['stages', index, 'name'], input: name, message }];
}

function nameIsNotBase({ stages }: Parts, index: number): Finding[] {
  const { name } = stages[index]!;
  if (name !== 'base') return [];
  const message = 'got "base", which names the untrained model; take another name';
  return [{ path: ['stages', index, 'name'], input: name, message }];
}

function fromIsPolicy(recipe: Parts, index: number): Finding[] {
  const { from } = recipe.stages[index]!;
  const policies = policiesBefore(recipe, index);
  if (from === undefined || policies.includes(from)) return [];
  const message = `got "${from}", expected a policy that is there by then: ${policies.join(', ')}`;
  return [{ path: ['stages', index, 'from'], input: from, message }];
}

function teacherIsMade({ stages }: Parts, index: number): Finding[] {
  const stage = stages[index]!;
  if (stage.kind !== 'distill' || !stages.slice(index).some(({ name }) => name === stage.teacher)) return [];
  const message = 'has not been made by then; name an earlier stage or a model';
  return [{ path: ['stages', index, 'teacher'], input: stage.teacher, message }];
}

function startsArePolicies(recipe: Parts, index: number): Finding[] {
  const stage = recipe.stages[index]!;
  const policies = policiesBefore(recipe, index);
  const start = stage.kind === 'reward-model' ? stage.starts?.find((each) => !policies.includes(each)) : undefined;
  if (start === undefined) return [];
  const message = `got "${start}", expected policies that are there by then: ${policies.join(', ')}`;
  return [{ path: ['stages', index, 'starts'], input: start, message }];
}

function completionIsGiven({ stages, task }: Parts, index: number): Finding[] {
  const { kind } = stages[index]!;
  if ((kind !== 'sft' && kind !== 'distill') || task.completion !== undefined) return [];
  const message = `got nothing, expected a template: the ${kind} stage trains on it`;
  return [{ path: ['task', 'completion'], input: undefined, message }];
}

function examplesAreThere({ stages, data }: Parts, index: number): Finding[] {
  const stage = stages[index]!;
  const available = data.generator?.trainProblems;
  if ((stage.kind !== 'sft' && stage.kind !== 'distill') || available === undefined) return [];
  if (stage.examples === undefined || stage.examples <= available) return [];
  const message = `got ${stage.examples}, expected at most data.generator.trainProblems (${available})`;
  return [{ path: ['stages', index, 'examples'], input: stage.examples, message }];
}
