import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Gemma3Config, parameterShapes } from '../gemma3/config.ts';
import { type TensorToWrite, writeSafetensors } from '../loaders/write-safetensors.ts';
import { CHAT_TEMPLATE } from '../tokenizer/chat-template.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { toHuggingFaceConfig } from './hugging-face-config.ts';
import { type OptimizerToWrite, writeOptimizer } from './optimizer-state.ts';
import { replaceFolder } from './replace-folder.ts';

/** What goes into a checkpoint folder. */
export interface CheckpointToWrite {
  readonly config: Gemma3Config;
  readonly tokenizer: Tokenizer;
  /** Exactly those of `parameterShapes(config)`, in any order; norm weights as w, not 1 + w. */
  readonly tensors: readonly TensorToWrite[];
  /** Moments to go on training with. */
  readonly optimizer?: OptimizerToWrite;
  /** Further text files, by name. */
  readonly extraFiles?: Readonly<Record<string, string>>;
}

/** A checkpoint as it lies on disk. */
export interface WrittenCheckpoint {
  readonly folder: string;
  /** Of the safetensors files. */
  readonly bytes: number;
  /** Of `model.safetensors`, in hexadecimal; what `Checkpoint.digest` of the folder gives. */
  readonly sha256: string;
}

/**
 * Writes a checkpoint folder in Hugging Face layout, float32, as `transformers` and `openCheckpoint` read it. The folder
 * appears complete or not at all; one already there is replaced.
 *
 * @throws RangeError if the tensors are not those of the config.
 */
export async function writeCheckpoint(folder: string, contents: CheckpointToWrite): Promise<WrittenCheckpoint> {
  const { config, tokenizer, tensors, optimizer } = contents;
  checkTensors(config, tensors);
  const ids = { bosId: tokenizer.bosId, eosId: tokenizer.eosId, padId: tokenizer.padId };
  const texts: Record<string, string> = {
    'config.json': json(toHuggingFaceConfig(config, ids)),
    'generation_config.json': json({
      bos_token_id: ids.bosId,
      eos_token_id: [ids.eosId, tokenizer.endOfTurnId],
      pad_token_id: ids.padId,
    }),
    'tokenizer.json': tokenizer.toJson(),
    'tokenizer_config.json': json(tokenizerConfig(config)),
    ...contents.extraFiles,
  };
  return replaceFolder(folder, async (temporary) => {
    for (const [name, text] of Object.entries(texts)) await writeFile(join(temporary, name), text);
    const moments = optimizer ? await writeOptimizer(temporary, optimizer) : { bytes: 0 };
    const weights = await writeSafetensors(join(temporary, 'model.safetensors'), tensors);
    return { folder, bytes: weights.bytes + moments.bytes, sha256: weights.sha256 };
  });
}

function checkTensors(config: Gemma3Config, tensors: readonly TensorToWrite[]): void {
  const expected = parameterShapes(config);
  for (const { name, shape } of tensors) {
    const wanted = expected.get(name)?.join(', ');
    if (wanted === undefined) throw new RangeError(`writeCheckpoint: tensor ${name}, which the config does not have`);
    if (shape.join(', ') !== wanted) {
      throw new RangeError(`writeCheckpoint: ${name} is [${shape.join(', ')}], expected [${wanted}] by the config`);
    }
  }
  if (tensors.length !== expected.size) {
    throw new RangeError(`writeCheckpoint: ${tensors.length} tensors, expected the config's ${expected.size}`);
  }
}

function tokenizerConfig(config: Gemma3Config): Record<string, unknown> {
  return {
    tokenizer_class: 'GemmaTokenizer',
    bos_token: '<bos>',
    eos_token: '<eos>',
    pad_token: '<pad>',
    unk_token: '<unk>',
    mask_token: '<mask>',
    add_bos_token: true,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: config.maxPositionEmbeddings,
    padding_side: 'left',
    chat_template: CHAT_TEMPLATE,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
