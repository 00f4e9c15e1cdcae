import { prepareFile } from '../activities/data/prepare.ts';
import { greedyAccuracy } from '../activities/evaluate.ts';
import { loadRecipe } from '../configs/load.ts';
import { command } from './command.ts';
import { UsageError } from './failure.ts';
import { parseNumber } from './json-input.ts';
import { modelOptions, withModel } from './models.ts';

export const run = command(
  {
    name: 'eval',
    about: `
Greedy accuracy of a model on a data file, by a recipe: its template, its row filters, its rewards. A completion is right when
the first reward gives it its highest score. The interval is Wilson's, 95 %.`,
    options: {
      ...modelOptions,
      data: { type: 'string', value: 'FILE.jsonl', help: 'rows to evaluate on' },
      config: { type: 'string', value: 'RECIPE.yaml', help: 'says how a row becomes a prompt and what is right' },
      problems: { type: 'string', value: 'N', help: 'use the first N rows only' },
    },
  },
  async ({ values, output }) => {
    if (values.data === undefined) throw new UsageError('--data is missing: a file of JSON lines');
    if (values.config === undefined) throw new UsageError('--config is missing: a recipe');
    const { recipe } = await loadRecipe(values.config, { data: values.data });
    const limit = parseNumber('problems', values.problems, { fallback: Infinity, min: 1, isWhole: true });
    const rows = (await prepareFile(values.data, recipe.data, recipe.task)).slice(0, limit);
    await withModel(values, output, async (model, policy) => {
      const work = { signal: new AbortController().signal, report: (progress: string) => output.status(progress) };
      const start = performance.now();
      const result = await greedyAccuracy({ model, recipe, policy, rows, stream: 'eval', record: null }, [], work);
      const { accuracy, n, interval, unjudged, tokens } = result;
      const tokensPerSecond = (1000 * tokens) / (performance.now() - start);
      const range = interval.map((share) => (100 * share).toFixed(1)).join(' to ');
      output.say(
        `accuracy ${(100 * accuracy).toFixed(1)} % (${range}), n ${n}, ${tokensPerSecond.toFixed(1)} tokens/s`,
      );
      if (unjudged > 0) output.note(`${unjudged} completions could not be judged`);
      output.emit({ accuracy, n, interval, tokensPerSecond });
    });
  },
);
