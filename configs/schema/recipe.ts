import * as z from 'zod';

import { DataConfig } from './data.ts';
import { DistillStage } from './distill.ts';
import { CheckpointsConfig, EvaluationConfig, PrecisionConfig } from './evaluation.ts';
import { JbondStage } from './jbond.ts';
import { JudgingConfig, RewardsConfig } from './rewards.ts';
import { RlooStage } from './rloo.ts';
import { RewardModelStage } from './reward-model.ts';
import { recipeFindings } from './recipe-rules.ts';
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

/**
 * A whole run: which model, on which data, rewarded how, through which stages.
 *
 * Unknown keys are errors, so that a misspelt option cannot become a silent default. Rules between fields live in these
 * schemas and in recipe-rules.ts, and nowhere else: past them a recipe is trusted.
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
    issues.push(...recipeFindings(value).map((finding) => ({ code: 'custom' as const, ...finding })));
  });

/** The recipe after defaults, before it is known what it is run on. */
export type UnresolvedRecipe = z.infer<typeof Recipe>;

/** What a run does: what workflows and activities receive. Plain JSON. */
export interface Recipe extends UnresolvedRecipe {
  readonly precision: Readonly<Record<keyof UnresolvedRecipe['precision'], 'float32' | 'bfloat16'>>;
}
export type Stage = z.infer<typeof Stage>;
