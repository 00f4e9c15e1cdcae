import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { LORA_TARGETS } from '../api/lora.ts';
import type { LoraShape } from '../api/lora.ts';
import { adapterParameters } from '../gemma3/adapter.ts';
import type { Gemma3Config } from '../gemma3/config.ts';
import { openSafetensors } from '../loaders/safetensors.ts';
import { BadFileError, type TensorSource } from '../loaders/tensor-source.ts';
import { type TensorToWrite, writeSafetensors } from '../loaders/write-safetensors.ts';
import { ADAPTER_CONFIG } from './adapter-folder.ts';
import { type OptimizerToWrite, writeOptimizer } from './optimizer-state.ts';
import { replaceFolder } from './replace-folder.ts';
import type { WrittenCheckpoint } from './write-checkpoint.ts';

// An adapter on disk, as peft's `save_pretrained` lays it down and `PeftModel.from_pretrained` reads it.
const WEIGHTS = 'adapter_model.safetensors';

/** What peft's keys may hold when they ask for nothing. */
const Off = z.union([z.null(), z.literal(false), z.strictObject({}), z.tuple([])], {
  error: 'a variant of LoRA that is not supported; expected null, false or nothing in it',
});

// peft has a key for each variant of LoRA, and gets new ones: whatever is not named here has to be off.
const AdapterConfig = z
  .object({
    peft_type: z.literal('LORA'),
    r: z.int().positive(),
    lora_alpha: z.number().positive(),
    target_modules: z.array(z.enum(LORA_TARGETS)).min(1),
    bias: z.literal('none').default('none'),
    // What these hold does not change what the adapter computes.
    ...Object.fromEntries(
      ['task_type', 'base_model_name_or_path', 'revision', 'peft_version', 'auto_mapping', 'inference_mode'].map(any),
    ),
    ...Object.fromEntries(['lora_dropout', 'init_lora_weights', 'megatron_core', 'qalora_group_size'].map(any)),
  })
  .catchall(Off);

function any(key: string): [string, z.ZodType] {
  return [key, z.unknown().optional()];
}

export interface StoredAdapter {
  readonly shape: LoraShape;
  /** Exactly those of `adapterParameters`. */
  readonly tensors: TensorSource;
}

/**
 * Opens an adapter's folder, for a model of a shape.
 *
 * @throws TypeError if it is of a kind that this core does not have.
 * @throws BadFileError if files are missing or damaged, or the adapter is for a model of another shape.
 */
export async function openAdapter(folder: string, config: Gemma3Config): Promise<StoredAdapter> {
  const shape = await readShape(folder);
  const path = join(folder, WEIGHTS);
  if (!existsSync(path)) throw new BadFileError(`${path}: no such file; an adapter's folder needs it`);
  const tensors = await openSafetensors(path);
  const expected = new Map(adapterParameters(config, shape).map(({ name, shape }) => [name, shape.join(', ')]));
  for (const [name, wanted] of expected) {
    const found = tensors.names().includes(name) ? tensors.info(name).shape.join(', ') : null;
    if (found === wanted) continue;
    const is = found === null ? 'is missing' : `is [${found}]`;
    throw new BadFileError(`${path}: ${name} ${is}, expected [${wanted}] for a model of its base's shape`);
  }
  const foreign = tensors.names().find((name) => !expected.has(name));
  if (foreign !== undefined)
    throw new BadFileError(`${path}: has a tensor ${foreign}, which its ${ADAPTER_CONFIG} leaves out`);
  return { shape, tensors };
}

async function readShape(folder: string): Promise<LoraShape> {
  const path = join(folder, ADAPTER_CONFIG);
  if (!existsSync(path)) throw new BadFileError(`${path}: no such file; expected the folder of an adapter, as peft's`);
  const result = AdapterConfig.safeParse(parsed(await readFile(path, 'utf8'), path));
  if (!result.success) {
    throw new TypeError(
      `${path}: not a LoRA adapter that is supported: plain LoRA of one rank, on whole layers' projections\n` +
        z.prettifyError(result.error),
    );
  }
  const { r: rank, lora_alpha: alpha, target_modules: targets } = result.data;
  return { rank, alpha, targets };
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadFileError(`${path}: bad JSON: ${(error as Error).message}`);
  }
}

/**
 * Writes an adapter's folder, complete or not at all; one already there is replaced.
 *
 * @param base Path or name of the model it is for, for peft to load.
 */
export async function writeAdapter(
  folder: string,
  { shape: { rank, alpha, targets }, base, tensors, optimizer }: AdapterToWrite,
): Promise<WrittenCheckpoint> {
  const config = {
    ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: base, r: rank, lora_alpha: alpha },
    ...{ lora_dropout: 0, target_modules: targets, bias: 'none', use_dora: false, use_rslora: false },
    ...{ fan_in_fan_out: false, modules_to_save: null, layers_to_transform: null, rank_pattern: {}, alpha_pattern: {} },
    ...{ init_lora_weights: true, inference_mode: true },
  };
  return replaceFolder(folder, async (temporary) => {
    await writeFile(join(temporary, ADAPTER_CONFIG), `${JSON.stringify(config, null, 2)}\n`);
    const moments = optimizer ? await writeOptimizer(temporary, optimizer) : { bytes: 0 };
    const weights = await writeSafetensors(join(temporary, WEIGHTS), tensors);
    return { folder, bytes: weights.bytes + moments.bytes, sha256: weights.sha256 };
  });
}

export interface AdapterToWrite {
  readonly shape: LoraShape;
  readonly base: string;
  readonly tensors: readonly TensorToWrite[];
  /** Moments to go on training with. */
  readonly optimizer?: OptimizerToWrite;
}
