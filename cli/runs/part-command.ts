import { resolve } from 'node:path';

import type { UnresolvedRecipe } from '../../configs/load.ts';
import { learnsFromRewards } from '../../configs/schema/recipe-rules.ts';
import type { Stage } from '../../configs/schema/recipe.ts';
import { options as alignOptions, overridesOf } from '../align.ts';
import { command, type OptionSpec } from '../command.ts';
import { UsageError } from '../failure.ts';
import { checkRecipe } from './new-run.ts';
import { runRecipe } from './run-recipe.ts';

const options = {
  ...alignOptions,
  from: { type: 'string', value: 'CHECKPOINT', help: 'begin with this folder or model, as --model does' },
  stage: { type: 'string', value: 'NAME', help: 'only the stage of this name, where the recipe has several' },
} as const satisfies Record<string, OptionSpec>;

const teacherOption = {
  teacher: { type: 'string', value: 'NAME|PATH', help: "learn from this model in place of the recipe's" },
} as const satisfies Record<string, OptionSpec>;

/** Makes the command that runs the stages of one kind of a recipe and no others. */
export function partCommand(kind: Stage['kind'], what: string) {
  return command(
    {
      name: kind,
      arguments: 'RECIPE.yaml',
      about: `
Runs the ${kind} stages of a recipe and no others, from the recipe's model or --from:
${what}.

Starts, follows and detaches as cabochon align does.`,
      options: { ...options, ...(kind === 'distill' && teacherOption) } as typeof options &
        Partial<typeof teacherOption>,
      positionals: [1, 1],
    },
    async ({ values, positionals, output }) => {
      const { from, stage, teacher, ...rest } = values as typeof values & { readonly teacher?: string };
      if (from !== undefined && rest.model !== undefined) {
        throw new UsageError(`got --from ${from} and --model ${rest.model}, expected one of them`);
      }
      const file = positionals[0]!;
      const whole = await checkRecipe(file, overridesOf({ ...rest, ...(from !== undefined && { model: from }) }));
      const recipe = partOf(whole, { file, kind, stage, teacher });
      const left = whole.evaluation.suites.filter((suite) => !recipe.evaluation.suites.includes(suite));
      left.forEach(({ name }) => output.note(`suite ${name} is left out: the stage it compares with is not run`));
      await runRecipe({ recipe, values: rest, output });
    },
  );
}

/**
 * The recipe with stages of one kind only, each from the model or from another of them.
 *
 * @throws UsageError when there is none, or when one needs what a stage left out would make.
 */
export function partOf(
  recipe: UnresolvedRecipe,
  {
    file,
    kind,
    stage,
    teacher,
  }: { file: string; kind: Stage['kind']; stage?: string | undefined; teacher?: string | undefined },
): UnresolvedRecipe {
  const kept = recipe.stages.filter((each) => each.kind === kind && (stage === undefined || each.name === stage));
  if (kept.length === 0) {
    const there = recipe.stages.map((each) => `${each.name} (${each.kind})`).join(', ');
    const wanted = stage === undefined ? `one of kind ${kind}; add one` : `--stage to name one of kind ${kind}`;
    throw new UsageError(
      `${file}: got ${stage === undefined ? '' : `--stage ${stage} and `}stages ${there}; expected ${wanted}`,
    );
  }
  const isHere = (name: string) => kept.some((each) => each.name === name);
  const isLeftOut = (name: unknown) => recipe.stages.some((each) => each.name === name && !kept.includes(each));
  const stages = kept.map((each) => withTeacher(withoutStarts(each, isHere), teacher));
  for (const each of stages) {
    if (each.kind !== 'distill' || !isLeftOut(each.teacher)) continue;
    throw new UsageError(`${file}: stage ${each.name} learns from ${each.teacher}, which is not run; give --teacher`);
  }
  const asked = recipe.rewards.find(({ use, params }) => use === 'reward-model' && isLeftOut(params.model));
  if (asked && stages.some(learnsFromRewards)) {
    const where = `the reward model of stage ${String(asked.params.model)}, which is not run`;
    throw new UsageError(`${file}: a reward asks ${where}; give its folder as params.model`);
  }
  const suites = recipe.evaluation.suites.filter((suite) => suite.kind !== 'win-rate' || !isLeftOut(suite.against));
  return { ...recipe, stages, evaluation: { ...recipe.evaluation, suites } };
}

/** Begins with the model in place of stages that are not run. */
function withoutStarts(stage: Stage, isHere: (name: string) => boolean): Stage {
  const { from, ...rest } = stage;
  const kept = from !== undefined && isHere(from) ? { ...rest, from } : rest;
  if (kept.kind !== 'reward-model') return kept;
  const { starts: _, ...alone } = kept;
  return alone;
}

function withTeacher(stage: Stage, teacher: string | undefined): Stage {
  if (stage.kind !== 'distill' || teacher === undefined) return stage;
  return { ...stage, teacher: /[/\\]|\.gguf$/.test(teacher) ? resolve(teacher) : teacher };
}
