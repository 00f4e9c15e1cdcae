import { greedyAccuracy } from '../../activities/evaluate.ts';
import { loadRecipe } from '../../configs/load.ts';
import { UsageError } from '../failure.ts';
import { parseNumber } from '../json-input.ts';
import { withModel } from '../models.ts';
import type { Output } from '../output.ts';
import { recipeOn, rowsFor, valueLines, watchedBy, writeLines, type EvalValues } from './shared.ts';

/** Greedy accuracy on a data file, or on the recipe's evaluation rows, by a recipe. */
export async function runAccuracy(values: EvalValues, output: Output): Promise<void> {
  if (values.config === undefined) throw new UsageError('--config is missing: a recipe');
  const { data, set } = values;
  const { recipe: asked } = await loadRecipe(values.config, {
    ...(data !== undefined && { data }),
    ...(set && { set }),
  });
  const limit = parseNumber('problems', values.problems, { fallback: Infinity, min: 1, isWhole: true });
  const { rows: all, examples } = await rowsFor(asked, values);
  const rows = all.slice(0, limit);
  await withModel(values, output, async (model, policy) => {
    const recipe = await recipeOn(model, asked, values);
    const start = performance.now();
    const context = { model, recipe, policy, rows, stream: 'eval', record: null };
    const result = await greedyAccuracy(context, examples, watchedBy(output));
    const { accuracy, n, interval, unjudged, rewards, samplerGap, tokens } = result;
    const tokensPerSecond = (1000 * tokens) / (performance.now() - start);
    const range = interval.map((share) => (100 * share).toFixed(1)).join(' to ');
    output.say(`accuracy ${(100 * accuracy).toFixed(1)} % (${range}), n ${n}, ${tokensPerSecond.toFixed(1)} tokens/s`);
    for (const line of valueLines(rewards)) output.say(line);
    output.say(`sampler against trainer: largest gap ${samplerGap.largest.toExponential(1)} nats, n ${samplerGap.n}`);
    if (unjudged > 0) output.note(`${unjudged} completions could not be judged`);
    output.emit({ accuracy, n, interval, unjudged, rewards, samplerGap, tokensPerSecond });
    await writeLines(values.output, result.lines);
  });
}
