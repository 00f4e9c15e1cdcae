import { openCheckpoint } from '../../model/checkpoints/open-checkpoint.ts';
import { decodeTask, type DecodeInput } from './decode.ts';
import { decodeProducts, prepare, trainingProducts } from './products.ts';
import { sftTask, type SftInput } from './sft.ts';
import type { Task } from './side.ts';

export interface LimitInput {
  readonly training: SftInput;
  readonly decoding: DecodeInput;
}

/** Seconds of a step, and of its products of matrices alone. */
export interface Limit {
  readonly step: number;
  readonly products: number;
}

/**
 * A training step and a decoding step beside their bare products of matrices: the same shapes and type through the same
 * library in the same process, one after the other, with nothing between them. A unit is a pair.
 */
export const limitTask: Task = async (engine, input, precision) => {
  const { training, decoding } = input as LimitInput;
  const { config } = await openCheckpoint(training.model);
  const seconds = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
  };

  const [rows, tokens] = [training.ids.length, training.ids[0]!.length];
  const train = await sftTask(engine, training, precision);
  const targets = rows * (tokens - training.unweighted);
  const trainProducts = prepare(trainingProducts(config, rows, tokens, targets), precision);
  trainProducts();

  // A decoding step is what one more new token costs: reading the prompts is left out.
  const whole = await decodeTask(engine, decoding, precision);
  const short = await decodeTask(engine, { ...decoding, newTokens: 1 }, precision);
  const keys = decoding.ids[0]!.length + decoding.newTokens;
  const stepProducts = prepare(decodeProducts(config, decoding.ids.length, keys), precision);
  stepProducts();

  return async () => {
    const trained: Limit = { step: await seconds(train), products: trainProducts() };
    const more = (await seconds(whole)) - (await seconds(short));
    const times = Array.from({ length: decoding.newTokens }, stepProducts);
    const decoded: Limit = { step: more / (decoding.newTokens - 1), products: Math.min(...times) };
    return { units: 1, result: { training: trained, decoding: decoded } };
  };
};
