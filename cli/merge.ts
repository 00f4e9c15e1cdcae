import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { openCheckpoint } from '../model/checkpoints/open-checkpoint.ts';
import { litiWeights, slerpLambdas } from '../policies/warp.ts';
import type { MergeRequest, ModelClient, SaveResult } from '../server/client.ts';
import { InvalidRequestError } from '../server/errors.ts';
import { command } from './command.ts';
import { UsageError } from './failure.ts';
import { parseNumber } from './json-input.ts';
import { locateModel, withModelServer } from './models.ts';
import { adapterParents, mergeAdapter, requireAdapter } from './merge/adapter.ts';
import type { Output } from './output.ts';
import { workspaceOf, workspaceOptions } from './workspace.ts';

const METHODS = ['linear', 'slerp', 'liti', 'lora'] as const;
type Method = (typeof METHODS)[number];

const options = {
  ...workspaceOptions,
  out: { type: 'string', value: 'DIR', help: 'folder to write; a checkpoint there is replaced' },
  method: { type: 'string', value: METHODS.join('|'), help: 'linear (default), slerp, liti or lora' },
  weights: { type: 'string', value: 'W,W,…', help: 'linear: one for each model (default: the mean)' },
  base: { type: 'string', value: 'NAME|PATH', help: 'slerp, liti, lora: the checkpoint that all were trained from' },
  schedule: { type: 'string', value: 'paper|equal-weight', help: 'slerp: shares 1/m (default), or truly equal ones' },
  eta: { type: 'string', value: 'N', help: 'liti: share of the model, the rest is the base (default 0.5)' },
} as const;

export const run = command(
  {
    name: 'merge',
    arguments: 'MODEL [MODEL …]',
    about: `
Makes one checkpoint of several that were trained from the same one, in float32:

  linear  the weighted sum: the mean of reward models (WARM), or any other
  slerp   spherical interpolation of what each learned since --base, one angle for each layer (WARP)
  liti    (1 − eta) · base + eta · model: a step back towards the beginning (WARP)
  lora    base + scale · B · A: an adapter's folder, as a run or peft writes it, into the model it was trained on

lineage.json in the folder says what it was made of, with digests.`,
    options,
    positionals: [1, 64],
  },
  async ({ values, positionals, output }) => {
    if (values.out === undefined) throw new UsageError('--out is missing: the folder to write');
    const folder = resolve(values.out);
    const note = (line: string) => output.note(line);
    const method = methodOf(values.method);
    const count = `${positionals.length} model${positionals.length === 1 ? '' : 's'}`;
    const what = method === 'linear' ? `linear of ${count}` : `${method} of ${count} and base ${values.base}`;
    if (method === 'lora') {
      const named = baseOf(values.base, method);
      const adapter = requireAdapter(positionals.map((path) => resolve(path)));
      const base = await locateModel(named, note);
      const made = await withModelServer(workspaceOf(values), (model) =>
        mergeAdapter(model, { base, adapter, folder }),
      );
      return report(output, what, made, { method, parents: await adapterParents(base, adapter) });
    }
    const plan = planOf(values, method, positionals);
    const paths = await Promise.all(plan.models.map((model) => locateModel(model, note)));
    const digests = await Promise.all(paths.map(async (path) => (await openCheckpoint(path)).digest()));
    const made = await withModelServer(workspaceOf(values), (model) => mergeFiles(model, paths, plan, folder));
    const parents = paths.map((path, i) => ({ path, sha256: digests[i], ...plan.roles[i] }));
    return report(output, what, made, { method: plan.method, ...plan.options, parents });
  },
);

/** Writes down beside the checkpoint what it was made of, and says so. */
async function report(
  output: Output,
  what: string,
  { folder, sha256, bytes }: SaveResult,
  made: { readonly method: Method; readonly parents: readonly object[] },
): Promise<void> {
  const lineage = { sha256, bytes, ...made };
  await writeFile(join(folder, 'lineage.json'), `${JSON.stringify(lineage, null, 2)}\n`);
  output.say(`${folder}: ${what}, sha256 ${sha256}`);
  output.emit({ folder, ...lineage });
}

interface MergePlan {
  readonly method: Exclude<Method, 'lora'>;
  /** The base first, where there is one. */
  readonly models: readonly string[];
  /** What each is in the merge, for the lineage. */
  readonly roles: readonly object[];
  readonly options: object;
  request(sets: readonly { name: string; version: number }[]): MergeMethod;
}

/** A request without its target. */
type MergeMethod = MergeRequest extends infer R ? (R extends MergeRequest ? Omit<R, 'to' | 'fence'> : never) : never;

function methodOf(name = 'linear'): Method {
  const method = METHODS.find((each) => each === name);
  if (method) return method;
  throw new UsageError(`--method: got ${name}, expected ${METHODS.join(', ')}`);
}

function baseOf(base: string | undefined, method: Method): string {
  if (base !== undefined) return base;
  throw new UsageError(`--base is missing: ${method} needs what the models began as`);
}

function planOf(
  values: { readonly [name in keyof typeof options]?: string },
  method: MergePlan['method'],
  models: readonly string[],
): MergePlan {
  if (method === 'linear') return linearPlan(method, models, weightsOf(values.weights, models.length));
  const all = [baseOf(values.base, method), ...models];
  if (method === 'liti') {
    if (models.length !== 1) throw new UsageError(`liti takes one model and --base, got ${models.length} models`);
    const eta = parseNumber('eta', values.eta, { fallback: 0.5, min: 0, max: 1 });
    return linearPlan(method, all, litiWeights(eta));
  }
  const schedule = values.schedule ?? 'paper';
  if (schedule !== 'paper' && schedule !== 'equal-weight') {
    throw new UsageError(`--schedule: got ${schedule}, expected paper or equal-weight`);
  }
  if (models.length < 2) throw new UsageError('slerp takes at least two models');
  const lambdas = slerpLambdas(models.length, schedule);
  return {
    ...{ method, models: all, options: { schedule, lambdas } },
    roles: all.map((_, i) => ({ role: i === 0 ? 'base' : 'merged' })),
    request: ([base, ...sets]) => ({ method, base: base!, sets, lambdas }),
  };
}

function linearPlan(method: 'linear' | 'liti', models: readonly string[], weights: readonly number[]): MergePlan {
  return {
    ...{ method, models, options: {}, roles: weights.map((weight) => ({ weight })) },
    request: (sets) => ({ method: 'linear', parts: sets.map((set, i) => ({ set, weight: weights[i]! })) }),
  };
}

function weightsOf(text: string | undefined, count: number): number[] {
  if (text === undefined) return new Array<number>(count).fill(1 / count);
  const weights = text.split(',').map(Number);
  if (weights.length === count && weights.every(Number.isFinite)) return weights;
  throw new UsageError(`--weights: got ${text}, expected ${count} numbers with commas between, one for each model`);
}

async function mergeFiles(model: ModelClient, paths: readonly string[], plan: MergePlan, folder: string) {
  const prefix = `merge/${process.pid}`;
  const sets = paths.map((_, i) => ({ name: `${prefix}/model-${i}-`, version: 0 }));
  const to = { name: `${prefix}/merged`, version: 0 };
  try {
    for (const [i, set] of sets.entries()) await model.load({ set, source: paths[i]!, trainable: false, fence: 0 });
    await model.merge({ to, fence: 0, ...plan.request(sets) });
    return await model.save({ set: to, folder, withOptimizer: false });
  } catch (error) {
    if (error instanceof InvalidRequestError) throw refusal(error, sets, paths);
    throw error;
  } finally {
    for (const { name } of [...sets, to]) await model.drop(name).catch(() => {}); // the server may be what failed
  }
}

/** What the server refuses, by the paths that the command was given. */
function refusal({ message }: Error, sets: readonly { name: string }[], paths: readonly string[]): UsageError {
  const byPath = sets.reduce((text, { name }, i) => text.replaceAll(name, paths[i]!), message);
  return new UsageError(byPath.replace(/^model server \S+: (merge|save): /, ''));
}
