import { readFileSync } from 'node:fs';

import type { UnresolvedRecipe } from '../../configs/load.ts';
import type { Stage } from '../../configs/schema/recipe.ts';
import { warpMember, warpMembers } from '../../configs/schema/warp.ts';
import type { RewardModelStage } from '../../configs/schema/reward-model.ts';
import type { Gemma3Config } from '../../model/gemma3/config.ts';
import {
  activationBytes,
  adapterBytes,
  forwardFlops,
  headBytes,
  samplingBytes,
  setMemory,
} from '../../model/memory.ts';
import { sftSteps } from '../../policies/sft.ts';
import { hasKlStop } from '../../workflows/kl-stop.ts';

/**
 * What the working memory of a step takes in fact, as a multiple of what is counted: measured on the 270M in float32 on a
 * CPU, SFT steps of 8 × 128 tokens, where the peak was 9.66 GB and the sum without it 7.65.
 */
const WORKING_FACTOR = 1.6;

/** What the plan goes by, besides the recipe. */
export interface PlanInputs {
  readonly recipe: UnresolvedRecipe;
  readonly config: Gemma3Config;
  /** Shapes of the models that stages learn from, by the stage's name. */
  readonly teachers: Readonly<Record<string, Gemma3Config>>;
  /** Training rows that have a completion. */
  readonly examples: number;
  /** Tokens of a prompt and of a completion, on average. */
  readonly tokens: { readonly prompt: number; readonly completion: number };
}

export interface StagePlan {
  readonly stage: string;
  readonly kind: Stage['kind'];
  readonly steps: number;
  /** Bytes on the device by what takes them; `total` is their sum. */
  readonly memory: Readonly<Record<string, number>> & { readonly total: number };
  /** Floating-point operations of all its steps, evaluations not counted. */
  readonly flops: number;
}

/** Steps, memory and work of each stage. */
export function planStages(inputs: PlanInputs): StagePlan[] {
  const { stages } = inputs.recipe;
  return stages.map((stage, index) => {
    const before = stages.slice(0, index);
    const start = stage.from ?? before.findLast(({ kind }) => kind !== 'reward-model')?.name;
    const tuned = before.findLast(({ kind }) => kind === 'sft' || kind === 'distill')?.name;
    const hasReference = tuned !== undefined || hasKlStop(stage);
    // One policy of WARP after the other; its merges hold the weights of all of them and less besides.
    const members = stage.kind === 'warp' ? warpMembers(stage) : [];
    const trained = stage.kind === 'warp' ? warpMember(stage, 1, 1) : stage;
    const steps = stepsOf(trained, inputs.examples) * Math.max(1, members.length);
    // Adapters lend their base to a reference that is the same model.
    const isShared = 'lora' in trained && trained.lora && (tuned ?? start) === start && stage.kind !== 'warp';
    const training = memoryOf(trained, inputs, hasReference && !isShared);
    const weights = setMemory(inputs.config, { trained: false, samples: null }).weights;
    const merging = stage.kind === 'warp' ? { 'merged weights': (stage.policies + 2) * weights } : {};
    const memory = sumOf(merging) > sumOf(training) ? merging : training;
    const flops =
      trained.kind === 'reward-model' ? flopsOfJudge(trained, inputs) : steps * flopsOfStep(trained, inputs);
    return { stage: stage.name, kind: stage.kind, steps, memory: { ...memory, total: sumOf(memory) }, flops };
  });
}

const sumOf = (parts: Readonly<Record<string, number>>) => Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);

/** A stage that trains by itself. */
type TrainedStage = Exclude<Stage, { kind: 'warp' }>;

function stepsOf(stage: TrainedStage, available: number): number {
  if ('steps' in stage) return stage.steps;
  if (stage.kind === 'reward-model') return rewardModelSteps(stage);
  return sftSteps(Math.min(stage.examples ?? available, available), stage);
}

function rewardModelSteps({ pairs, probeSteps, members, epochs, batchSize }: RewardModelStage): number {
  return probeSteps + members * Math.ceil((trainingPairs(pairs) * epochs) / batchSize) + 1;
}

/** At most: pairs that turn out too long, or to have several turns, are left out. */
function trainingPairs({ train, evaluation, holdout }: RewardModelStage['pairs']): number {
  const rows = readFileSync(train, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '').length;
  return rows - (evaluation === undefined ? Math.min(holdout, Math.floor(rows / 5)) : 0);
}

/** The head that is trained first reads each pair once. There is no vocabulary to choose from; pairs taken as long as rows. */
function flopsOfJudge({ pairs, probeSteps, batchSize, members, epochs }: RewardModelStage, inputs: PlanInputs): number {
  const { prompt, completion } = inputs.tokens;
  const tokens = prompt + 2 * completion;
  const count = trainingPairs(pairs);
  const passes = Math.min(count, probeSteps * batchSize) + 3 * members * epochs * count;
  return passes * tokens * forwardFlops(inputs.config, prompt + completion).layers;
}

/** Nobody has measured what `auto` will be. bfloat16 takes more memory: a copy of the weights that sample. */
const assumedPrecision = (named: UnresolvedRecipe['precision']['training']) => (named === 'auto' ? 'bfloat16' : named);

/** Sets of weights, and the larger of what training and sampling need besides: they take turns. */
function memoryOf(
  stage: TrainedStage,
  { recipe, config, teachers, tokens }: PlanInputs,
  hasReference: boolean,
): Record<string, number> {
  const [training, rollouts] = [
    assumedPrecision(recipe.precision.training),
    assumedPrecision(recipe.precision.rollouts),
  ];
  const lora = 'lora' in stage ? stage.lora : undefined;
  const policy = setMemory(config, { trained: !lora, samples: rollouts });
  const other = setMemory(config, { trained: false, samples: null });
  const teacher = teachers[stage.name];
  const longest = tokens.prompt + ('maxTokens' in stage ? (stage.maxTokens ?? tokens.completion) : tokens.completion);
  const isFull = stage.kind === 'distill' && stage.targets === 'full';
  const isJudge = stage.kind === 'reward-model'; // with a head of one output
  const head = isJudge ? 0 : headBytes(config, isFull ? 'full' : 'tokens', { trained: !lora });
  const stepping = activationBytes(config, longest, training) + head;
  const sampling = samplingBytes(config, tokens.prompt + recipe.evaluation.maxTokens, rollouts);
  const working = WORKING_FACTOR * Math.max(stepping, sampling);
  const teaching = teacher ? setMemory(teacher, { trained: false, samples: null }).weights : 0;
  // Targets that are drawn beforehand need the teacher when nothing is trained yet.
  const keepsTeacher = stage.kind === 'distill' && !(stage.cache ?? (!isFull && stage.onPolicyShare === 0));
  const anchor = setMemory(config, { trained: false, samples: rollouts });
  const adapter = lora && adapterBytes(config, lora);
  return {
    [adapter ? 'base' : 'policy']: policy.weights + policy.narrow,
    ...(adapter && { adapter }),
    'gradient and moments': adapter ? 3 * adapter : policy.training,
    ...('anchorRate' in stage && { anchor: adapter ?? anchor.weights + anchor.narrow }),
    ...(hasReference && { reference: other.weights }),
    ...(stage.kind === 'reward-model' && {
      'members to average': (1 + (stage.averaged ?? stage.members)) * other.weights,
    }),
    ...(keepsTeacher && { teacher: teaching }),
    ...(!keepsTeacher && teaching > working && { 'teacher, before the steps': teaching - working }),
    'working memory': working,
  };
}

/** A backward pass is twice a forward one, and as dear as one where an adapter is trained; the head is applied to completions alone. */
function flopsOfStep(stage: Exclude<TrainedStage, RewardModelStage>, { config, teachers, tokens }: PlanInputs): number {
  const work = (model: Gemma3Config, prompt: number, completion: number) => {
    const { layers, head } = forwardFlops(model, prompt + completion);
    return (prompt + completion) * layers + completion * head;
  };
  const passes = 'lora' in stage && stage.lora ? 2 : 3;
  if ('promptsPerStep' in stage) {
    const once = work(config, tokens.prompt, stage.maxTokens);
    const [sampled, trained] =
      stage.kind === 'jbond'
        ? [1 + stage.anchorSamples, stage.anchorSamples]
        : [stage.numGenerations, stage.numGenerations];
    const scored = stage.kind === 'jbond' ? 2 : 2 * stage.numGenerations; // by policy and anchor
    return stage.promptsPerStep * (sampled + scored + passes * trained) * once;
  }
  const once = work(config, tokens.prompt, tokens.completion);
  const teacher = teachers[stage.name];
  const taught = teacher ? work(teacher, tokens.prompt, tokens.completion) : 0;
  const own = stage.kind === 'distill' ? stage.onPolicyShare * once : 0;
  return stage.batchSize * (passes * once + taught + own);
}
