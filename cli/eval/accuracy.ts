import { prepareFile } from '../../activities/data/prepare.ts';
import { greedyAccuracy } from '../../activities/evaluate.ts';
import { loadRecipe } from '../../configs/load.ts';
import { UsageError } from '../failure.ts';
import { parseNumber } from '../json-input.ts';
import { withModel } from '../models.ts';
import type { Output } from '../output.ts';
import { recipeOn, valueLines, watchedBy, writeLines, type EvalValues } from './shared.ts';

/** Greedy accuracy on a data file, by a recipe. */
export async function runAccuracy(values: EvalValues, output: Output): Promise<void> {
  if (values.data === undefined) throw new UsageError('--data is missing: a file of JSON lines');
  if (values.config === undefined) throw new UsageError('--config is missing: a recipe');
  const { recipe: asked } = await loadRecipe(values.config, {
    ...{ data: values.data, ...(values.set && { set: values.set }) },
  });
  const limit = parseNumber('problems', values.problems, { fallback: Infinity, min: 1, isWhole: true });
  const rows = (await prepareFile(values.data, asked.data, asked.task)).slice(0, limit);
  await withModel(values, output, async (model, policy) => {
    const recipe = await recipeOn(model, asked, values);
    const start = performance.now();
    const context = { model, recipe, policy, rows, stream: 'eval', record: null };
    const result = await greedyAccuracy(context, [], watchedBy(output));
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
