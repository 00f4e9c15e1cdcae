import { totalmem } from 'node:os';

import { prepareData, rowsWithCompletion } from '../activities/data/prepare.ts';
import { renderCompletion, renderPrompt } from '../activities/data/task.ts';
import { loadRecipe, type UnresolvedRecipe } from '../configs/load.ts';
import { KNOWN_MODELS } from '../model/checkpoints/known-models.ts';
import { openCheckpoint } from '../model/checkpoints/open-checkpoint.ts';
import { resolveModel } from '../model/checkpoints/resolve-model.ts';
import { TINY_CONFIG } from '../model/checkpoints/tiny-preset.ts';
import { type Gemma3Config, parameterCount } from '../model/gemma3/config.ts';
import { GEMMA3_SIZES } from '../model/gemma3/sizes.ts';
import { command, setOption, type OptionSpec } from './command.ts';
import { gigabytes } from './doctor/check.ts';
import { UsageError } from './failure.ts';
import { table } from './output.ts';
import { planStages } from './plan/estimate.ts';

const options = {
  data: { type: 'string', value: 'FILE.jsonl', help: "plan for this file in place of the recipe's data" },
  model: { type: 'string', value: 'NAME|PATH', help: "plan for this model in place of the recipe's" },
  ...setOption,
  'device-memory': { type: 'string', value: '80GB', help: "the device's memory (default: this machine's)" },
  tflops: { type: 'string', value: 'N', help: 'tera-operations a second that the device reaches; gives the times' },
} as const satisfies Record<string, OptionSpec>;

/** A character of English is about a quarter of one of Gemma's tokens; digits are one each. */
const CHARACTERS_PER_TOKEN = 3;

export const run = command(
  {
    name: 'plan',
    arguments: 'RECIPE.yaml',
    about: `
Prints the stages of a recipe with their steps, memory and, given --tflops, time. Loads no weights and needs no GPU. Ends
with exit code 2 when a stage does not fit the device. Memory is computed from the model's shape (model/memory.ts); times
leave out evaluations and set-up, and are as good as the stated throughput.`,
    options,
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const { data, model, set } = values;
    const { recipe } = await loadRecipe(positionals[0]!, {
      ...{ ...(data && { data }), ...(model && { model }), ...(set && { set }) },
    });
    const config = await shapeOf(recipe.model);
    const stages = planStages({
      recipe,
      config,
      teachers: await teachersOf(recipe, config),
      ...(await rowsOf(recipe)),
    });
    const available = values['device-memory'] === undefined ? totalmem() : parseBytes(values['device-memory']);
    const tflops = parseTflops(values.tflops);
    const seconds = (flops: number) => (tflops === null ? null : flops / (tflops * 1e12));
    for (const stage of stages) output.emit({ ...stage, seconds: seconds(stage.flops), available });
    const rows = stages.map(({ stage, kind, steps, memory, flops }) => {
      const parts = Object.entries(memory).filter(([name]) => name !== 'total');
      const detail = parts.map(([name, bytes]) => `${name} ${gigabytes(bytes)}`).join(', ');
      return [stage, kind, `${steps}`, gigabytes(memory.total), duration(seconds(flops)), detail];
    });
    output.say(`${recipe.model}: ${parameters(parameterCount(config))}; ${throughput(tflops)}`);
    if (Object.values(recipe.precision).includes('auto')) {
      output.note('precision auto: memory as of bfloat16, which takes more of it than float32');
    }
    for (const line of table([['stage', 'kind', 'steps', 'memory', 'time', 'of which'], ...rows])) output.say(line);
    const tooLarge = stages.filter(({ memory }) => memory.total > available);
    if (tooLarge.length === 0) return output.say(`fits: the device has ${gigabytes(available)}`);
    const needs = tooLarge.map(({ stage, memory }) => `${stage} needs ${gigabytes(memory.total)}`).join(', ');
    throw new UsageError(
      `${positionals[0]}: does not fit: ${needs}, the device has ${gigabytes(available)}; take a smaller model or teacher, ` +
        'or a device with more memory: everything is in float32 on one device; `lora` in a stage trains far fewer weights',
    );
  },
);

/** Without opening weights where the name tells the size. */
async function shapeOf(model: string): Promise<Gemma3Config> {
  if (model === 'tiny') return TINY_CONFIG;
  const size = KNOWN_MODELS.get(model)?.size;
  return size ? GEMMA3_SIZES[size] : (await openCheckpoint(await resolveModel(model))).config;
}

async function teachersOf({ stages }: UnresolvedRecipe, config: Gemma3Config): Promise<Record<string, Gemma3Config>> {
  const shapes: Record<string, Gemma3Config> = {};
  for (const stage of stages) {
    if (stage.kind !== 'distill') continue;
    const isStage = stages.some(({ name }) => name === stage.teacher);
    shapes[stage.name] = isStage ? config : await shapeOf(stage.teacher);
  }
  return shapes;
}

async function rowsOf({ data, task, seed }: UnresolvedRecipe) {
  const { train } = await prepareData(data, task, seed);
  const mean = (texts: readonly string[]) =>
    Math.ceil(texts.reduce((sum, text) => sum + text.length, 0) / Math.max(1, texts.length) / CHARACTERS_PER_TOKEN);
  const solved = rowsWithCompletion(train, task);
  const prompt = mean(train.map((row) => renderPrompt(task, row)));
  const completion = mean(solved.map((row) => renderCompletion(task, row) ?? '')) + 1;
  return { examples: solved.length, tokens: { prompt, completion } };
}

function parseBytes(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(GB|GiB)$/i.exec(text) ?? [];
  if (amount === undefined) throw new UsageError(`--device-memory: got ${text}, expected a size as 80GB or 80GiB`);
  return Number(amount) * (unit!.toLowerCase() === 'gb' ? 1e9 : 2 ** 30);
}

function parseTflops(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (Number(text) > 0) return Number(text);
  throw new UsageError(`--tflops: got ${text}, expected a number above 0`);
}

const throughput = (tflops: number | null) =>
  tflops === null ? 'no times without --tflops' : `times at ${tflops} TFLOP/s, as stated`;

function parameters(count: number): string {
  const [unit, size] = count < 1e6 ? ['thousand', 1e3] : ['million', 1e6];
  return `${(count / size).toFixed(0)} ${unit} parameters`;
}

function duration(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
