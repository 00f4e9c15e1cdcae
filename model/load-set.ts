import type { Architecture } from './architecture.ts';
import { openCheckpoint } from './checkpoints/open-checkpoint.ts';
import { withScoreHead } from './checkpoints/score-head.ts';
import type { LoadRequest } from './api/sets.ts';
import type { Gemma3Config } from './gemma3/config.ts';
import { loadAdapterSet, loadWeightSet } from './stored-set.ts';
import type { OnTensor } from './stored-set.ts';
import type { WeightSet } from './weight-set.ts';

/** Tells what one request to load gives from what another does. */
export function loadOrigin({ set, source, trainable, scoreHead, adapter }: LoadRequest): string {
  const head = scoreHead ? ` with a head ${scoreHead.from ? `from ${scoreHead.from}` : 'of zeros'}` : '';
  const whole = `${source}@${set.version}${trainable ? ' to train' : ''}${head}`;
  if (!adapter) return whole;
  const { base, create } = adapter;
  return `${create ? `new adapter ${JSON.stringify(create)}` : 'adapter'} on ${base.name}@${base.version}: ${whole}`;
}

/**
 * Looks at what is to be loaded, and gives a function that loads it.
 *
 * @param base The set that it is to be an adapter on, if it is.
 * @throws RangeError for a base that no adapter can be on.
 */
export async function prepareLoad(
  request: LoadRequest,
  base: WeightSet | undefined,
  architectureOf: (config: Gemma3Config) => Architecture,
): Promise<(onTensor: OnTensor) => Promise<WeightSet>> {
  const { source, scoreHead, adapter } = request;
  const options = { ...request, origin: loadOrigin(request) };
  if (base) {
    if (scoreHead) throw new RangeError(`load: ${request.set.name} cannot be an adapter and have a head of its own`);
    requireLendable(base);
    return (onTensor) => loadAdapterSet(base, adapter?.create ?? source, options, onTensor);
  }
  const opened = await openCheckpoint(source);
  const checkpoint = scoreHead ? await withScoreHead(opened, scoreHead.from) : opened;
  const architecture = architectureOf(checkpoint.config);
  return (onTensor) => loadWeightSet(checkpoint, architecture, options, onTensor);
}

/** @throws RangeError for a set that would change under an adapter, or is one itself. */
function requireLendable({ moments, base, weights, history: { name } }: WeightSet): void {
  const what = base ? 'is an adapter' : moments ? 'is trained itself' : weights.score ? 'is a reward model' : null;
  if (what === null) return;
  throw new RangeError(`load: ${name} ${what}, expected a language model without moments to put an adapter on`);
}
