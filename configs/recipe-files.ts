import type { UnresolvedRecipe } from './schema/recipe.ts';

/** A file, folder or module that a recipe names. */
export interface NamedFile {
  readonly path: readonly PropertyKey[];
  readonly file: string;
  /** Modules are looked for when rewards are loaded; all else must be there at once. */
  readonly isModule: boolean;
}

/** Every place of a recipe that names a file. Names of models, stages and packages are none. */
export function filesOf({ model, data, rewards, stages, evaluation }: UnresolvedRecipe): NamedFile[] {
  const places: [path: readonly PropertyKey[], file: string | undefined][] = [
    [['model'], fileIn(model)],
    [['data', 'train'], data.train],
    [['data', 'evaluation'], data.evaluation],
  ];
  const modules = rewards.map(({ use }, index): (typeof places)[number] => [['rewards', index, 'use'], moduleIn(use)]);
  stages.forEach((stage, index) => {
    if (stage.kind === 'distill') places.push([['stages', index, 'teacher'], fileIn(stage.teacher)]);
    if (stage.kind !== 'reward-model') return;
    for (const key of ['train', 'evaluation'] as const)
      places.push([['stages', index, 'pairs', key], stage.pairs[key]]);
  });
  evaluation.suites.forEach((suite, index) => {
    const path = ['evaluation', 'suites', index];
    if ('data' in suite) places.push([[...path, 'data'], suite.data]);
    if (suite.kind === 'win-rate' && suite.judge) modules.push([[...path, 'judge', 'use'], moduleIn(suite.judge.use)]);
  });
  const named = (isModule: boolean) => (place: (typeof places)[number]) =>
    place[1] === undefined ? [] : [{ path: place[0], file: place[1], isModule }];
  return [...places.flatMap(named(false)), ...modules.flatMap(named(true))];
}

/** A model is a path when it looks like one; anything else is a name. */
function fileIn(model: string): string | undefined {
  return /[/\\]|\.gguf$/.test(model) ? model : undefined;
}

/** `@scope/package` has a slash and is no path. */
function moduleIn(use: string): string | undefined {
  return /^[./]|\.(ts|mts|js|mjs)$/.test(use) ? use : undefined;
}
