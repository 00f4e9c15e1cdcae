import type { LoraShape } from './api/lora.ts';
import type { Precision } from './api/precision.ts';
import { type Gemma3Config, isGlobalLayer, kvCacheBytes, parameterCount, parameterShapes } from './gemma3/config.ts';

/** Tokens of which activations are held at once: those of `training/train-step.ts`. */
const TOKENS_PER_BATCH = 1024;
/** Rows decoded together: those of `generation/plan.ts`. */
const ROWS = 64;
/** Positions whose logits exist at once, and tensors of their size: those of `gemma3/head.ts` and `gemma3/teacher-head.ts`. */
const TRAINED_HEAD = { rows: 1024, tensors: 1 };
const HEAD = { rows: 128, tensors: 4 };
const DENSE_HEAD = { rows: 32, tensors: 12 };

const bytesOf = (precision: Precision): number => (precision === 'bfloat16' ? 2 : 4);

export interface SetMemory {
  /** Float32 weights. */
  readonly weights: number;
  /** Two moments and one gradient for each weight; 0 for a set that is not trained. */
  readonly training: number;
  /** The bfloat16 copy that a set samples with. */
  readonly narrow: number;
}

/** Bytes a weight set holds on the device. */
export function setMemory(
  config: Gemma3Config,
  { trained, samples }: { readonly trained: boolean; readonly samples: Precision | null },
): SetMemory {
  const weights = 4 * parameterCount(config);
  return { weights, training: trained ? 3 * weights : 0, narrow: samples === 'bfloat16' ? weights / 2 : 0 };
}

/** Bytes of an adapter's two matrices on each weight that it changes, float32; with moments and gradient four times that. */
export function adapterBytes(config: Gemma3Config, { rank, targets }: Pick<LoraShape, 'rank' | 'targets'>): number {
  let numbers = 0;
  for (const [name, [outFeatures, inFeatures]] of parameterShapes(config)) {
    const isAdapted = targets.some((target) => name.endsWith(`.${target}.weight`));
    if (isAdapted) numbers += rank * (outFeatures! + inFeatures!);
  }
  return 4 * numbers;
}

/**
 * Bytes of one training batch's activations, float32, kept for the gradient: of each token in each layer some eleven
 * vectors of the model's width, four of the MLP's, the heads' queries, keys, values and outputs, and three matrices of
 * attention scores. An estimate: TensorFlow frees and reuses what it can.
 *
 * @param longest Tokens of the longest sequence; batches are rows of about this length.
 */
export function activationBytes(config: Gemma3Config, longest: number, precision: Precision): number {
  const tokens = Math.max(TOKENS_PER_BATCH, longest);
  const heads = (2 * config.numAttentionHeads + 2 * config.numKeyValueHeads) * config.headDim;
  const width = 11 * config.hiddenSize + 4 * config.intermediateSize + 2 * heads;
  const scores = 3 * config.numAttentionHeads * Math.min(longest, tokens);
  const perLayer = tokens * (width + scores) * 4;
  const narrowed = precision === 'bfloat16' ? 1.25 : 1; // casts of what enters a matrix product live beside it
  return config.numHiddenLayers * perLayer * narrowed;
}

/** Bytes of logits that exist at once at the output head, and of the piece of its gradient where it is trained. */
export function headBytes(
  config: Gemma3Config,
  kind: 'tokens' | 'full',
  { trained }: { readonly trained: boolean },
): number {
  const { rows, tensors } = kind === 'full' ? DENSE_HEAD : trained ? TRAINED_HEAD : HEAD;
  return 4 * config.vocabSize * (rows * tensors + (trained ? config.hiddenSize : 0));
}

/** Bytes of keys and values of a batch that is being sampled, and of its logits. */
export function samplingBytes(config: Gemma3Config, tokens: number, precision: Precision): number {
  return ROWS * (kvCacheBytes(config, tokens, bytesOf(precision)) + 3 * 4 * config.vocabSize);
}

/**
 * Floating-point operations of one token in a forward pass: two for each weight of the layers, and attention over
 * `length` tokens. The output head, where it is applied, comes to two for each weight of the table.
 */
export function forwardFlops(config: Gemma3Config, length: number): { layers: number; head: number } {
  const table = config.vocabSize * config.hiddenSize;
  const perKey = 4 * config.numAttentionHeads * config.headDim;
  let attention = 0;
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    attention += perKey * (isGlobalLayer(config, layer) ? length : Math.min(length, config.slidingWindow));
  }
  return { layers: 2 * (parameterCount(config) - table) + attention / 2, head: 2 * table };
}
