import * as z from 'zod';

import { DataConfig } from './data.ts';
import { DistillStage } from './distill.ts';
import { CheckpointsConfig, EvaluationConfig, PrecisionConfig } from './evaluation.ts';
import { JbondStage } from './jbond.ts';
import { JudgingConfig, RewardsConfig } from './rewards.ts';
import { RlooStage } from './rloo.ts';
import { RewardModelStage } from './reward-model.ts';
import { SftStage } from './sft.ts';
import { WarpStage } from './warp.ts';
import { TaskConfig } from './task.ts';

/** One step of a recipe. A new algorithm is one more member. */
export const Stage = z.discriminatedUnion('kind', [
  SftStage,
  JbondStage,
  RlooStage,
  WarpStage,
  DistillStage,
  RewardModelStage,
]);

const TOO_EARLY = 'has not been made by then; name an earlier stage or a model';

/** Kinds of stages whose result is no policy, so that no stage can begin with it. */
const MAKE_NO_POLICY: ReadonlySet<string> = new Set(['reward-model']);

/**
 * A whole run: which model, on which data, rewarded how, through which stages.
 *
 * Unknown keys are errors, so that a misspelt option cannot become a silent default. Rules between fields live in these
 * schemas and nowhere else: past them a recipe is trusted.
 */
export const Recipe = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'expected small letters, digits and dashes, 40 at most' })
      .describe('Names the run; becomes part of its id.'),
    seed: z.int().min(0).default(0).describe('Decides, with the rest of the recipe, every shuffle and every sample.'),
    model: z
      .string()
      .min(1)
      .describe(
        'A name that `cabochon model list` knows, or the path (with a /) of a Hugging Face folder or .gguf file.',
      ),
    data: DataConfig,
    task: TaskConfig,
    rewards: RewardsConfig,
    judging: JudgingConfig.prefault({}),
    stages: z
      .array(Stage)
      .min(1)
      .describe('Done in this order, each from the newest policy or from the one its `from` names.'),
    evaluation: EvaluationConfig,
    checkpoints: CheckpointsConfig.prefault({}),
    precision: PrecisionConfig.prefault({}),
  })
  .check(({ value, issues }) => {
    const { stages, task, data, evaluation } = value;
    const complain = (path: (string | number)[], input: unknown, message: string) =>
      issues.push({ code: 'custom', path, input, message });
    const opponents = ['base', ...stages.map(({ name }) => name)];
    evaluation.suites.forEach((suite, index) => {
      if (suite.kind === 'perplexity' && suite.data === undefined && task.completion === undefined)
        complain(
          ['evaluation', 'suites', index, 'data'],
          undefined,
          'got nothing, expected a file; or task.completion',
        );
      if (suite.kind !== 'win-rate' || opponents.includes(suite.against)) return;
      const known = `expected one of ${opponents.join(', ')}`;
      complain(['evaluation', 'suites', index, 'against'], suite.against, `got "${suite.against}", ${known}`);
    });
    stages.forEach((stage, index) => {
      if (stages.findIndex((other) => other.name === stage.name) < index)
        complain(
          ['stages', index, 'name'],
          stage.name,
          `got "${stage.name}" a second time; give each stage a name of its own`,
        );
      if (stage.name === 'base')
        complain(
          ['stages', index, 'name'],
          stage.name,
          'got "base", which names the untrained model; take another name',
        );
      const policies = [
        'base',
        ...stages.slice(0, index).flatMap(({ kind, name }) => (MAKE_NO_POLICY.has(kind) ? [] : [name])),
      ];
      if (stage.from !== undefined && !policies.includes(stage.from))
        complain(
          ['stages', index, 'from'],
          stage.from,
          `got "${stage.from}", expected a policy that is there by then: ${policies.join(', ')}`,
        );
      const isTooEarly = stage.kind === 'distill' && stages.slice(index).some(({ name }) => name === stage.teacher);
      if (isTooEarly) complain(['stages', index, 'teacher'], stage.teacher, TOO_EARLY);
      const unmade = unmadeStart(stage, policies);
      if (unmade) complain(['stages', index, 'starts'], unmade.start, unmade.message);
      if (stage.kind !== 'sft' && stage.kind !== 'distill') return;
      if (task.completion === undefined)
        complain(
          ['task', 'completion'],
          undefined,
          `got nothing, expected a template: the ${stage.kind} stage trains on it`,
        );
      const available = data.generator?.trainProblems;
      if (stage.examples !== undefined && available !== undefined && stage.examples > available)
        complain(
          ['stages', index, 'examples'],
          stage.examples,
          `got ${stage.examples}, expected at most data.generator.trainProblems (${available})`,
        );
    });
  });

/** A start of a stage that is no policy by then; undefined when there is none. */
function unmadeStart(stage: Stage, policies: readonly string[]) {
  const start = stage.kind === 'reward-model' ? stage.starts?.find((each) => !policies.includes(each)) : undefined;
  if (start === undefined) return undefined;
  return { start, message: `got "${start}", expected policies that are there by then: ${policies.join(', ')}` };
}

/** The recipe after defaults: what workflows and activities receive. Plain JSON. */
export type Recipe = z.infer<typeof Recipe>;
export type Stage = z.infer<typeof Stage>;
