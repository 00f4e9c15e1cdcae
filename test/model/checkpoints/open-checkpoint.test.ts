import { createHash } from 'node:crypto';
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../../model/checkpoints/open-checkpoint.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../../../model/checkpoints/tiny-preset.ts';
import { parameterShapes } from '../../../model/gemma3/config.ts';
import { type TensorToWrite, writeSafetensors } from '../../../model/loaders/write-safetensors.ts';
import { formulaWeights } from '../../support/formula-weights.ts';
import { type GgufTensor, ggufBytes } from '../../support/gguf-bytes.ts';
import { hasRealModel, REAL_MODEL } from '../../support/real-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const EMBEDDING = 'model.embed_tokens.weight';
const Q_NORM = 'model.layers.3.self_attn.q_norm.weight';

async function tinyFolder(): Promise<string> {
  const folder = join(temporaryFolder(), 'tiny');
  await writeTinyCheckpoint(folder);
  return folder;
}

/** The tiny checkpoint with other tensors in it. */
async function rewritten(change: (tensors: TensorToWrite[]) => TensorToWrite[]): Promise<string> {
  const folder = await tinyFolder();
  const { tensors } = await openCheckpoint(folder);
  const all = tensors
    .names()
    .map((name) => ({ name, shape: tensors.info(name).shape, read: () => tensors.read(name) }));
  await writeSafetensors(join(folder, 'new'), change(all));
  renameSync(join(folder, 'new'), join(folder, 'model.safetensors'));
  return folder;
}

/** Changes the one tensor of that name. */
const changed = (name: string, change: Partial<TensorToWrite>) => (tensors: TensorToWrite[]) =>
  tensors.map((tensor) => (tensor.name === name ? { ...tensor, ...change } : tensor));

describe('openCheckpoint of a folder', () => {
  test('gives config, tensors, tokenizer and digest', async () => {
    const folder = await tinyFolder();
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.config).toEqual(TINY_CONFIG);
    expect(checkpoint.tensors.names()).toEqual([...parameterShapes(TINY_CONFIG).keys()]);
    expect((await checkpoint.tokenizer()).vocabSize).toBe(TINY_CONFIG.vocabSize);
    expect(await checkpoint.tokenizer()).toBe(await checkpoint.tokenizer());
    const bytes = readFileSync(join(folder, 'model.safetensors'));
    expect(await checkpoint.digest()).toBe(createHash('sha256').update(bytes).digest('hex'));
    for (const name of checkpoint.tensors.names()) {
      const { shape } = checkpoint.tensors.info(name);
      expect((await checkpoint.tensors.read(name)).length).toBe(shape.reduce((a, b) => a * b, 1));
    }
  });

  test.each(['language_model.model.', 'model.language_model.'])('takes names that begin with %s', async (prefix) => {
    const plain = await openCheckpoint(await tinyFolder());
    const folder = await rewritten((all) =>
      all.map((tensor) => ({ ...tensor, name: tensor.name.replace('model.', prefix) })),
    );
    const found = await openCheckpoint(folder);
    expect(await found.tensors.read(Q_NORM)).toEqual(await plain.tensors.read(Q_NORM));
  });

  test('leaves out vision tensors, a copy of the head, and rows beyond the vocabulary', async () => {
    const plain = await openCheckpoint(await tinyFolder());
    const { vocabSize, hiddenSize } = TINY_CONFIG;
    const embedding = await plain.tensors.read(EMBEDDING);
    const padded = Float32Array.from([...embedding, ...formulaWeights(1, 3 * hiddenSize)]);
    const ignored = ['vision_tower.patch', 'multi_modal_projector.norm', 'model.vision_tower.patch', 'lm_head.weight'];
    const folder = await rewritten((all) => [
      ...changed(EMBEDDING, { shape: [vocabSize + 3, hiddenSize], read: () => padded })(all),
      ...ignored.map((name) => ({ name, shape: [1], read: () => new Float32Array(1) })),
    ]);
    const { tensors } = await openCheckpoint(folder);
    expect(tensors.names()).toEqual(plain.tensors.names());
    expect(tensors.info(EMBEDDING).shape).toEqual([vocabSize, hiddenSize]);
    expect(await tensors.read(EMBEDDING)).toEqual(embedding);
  });

  test('says which tensor is missing, unknown or of another shape', async () => {
    const without = await rewritten((all) => all.filter(({ name }) => name !== Q_NORM));
    await expect(openCheckpoint(without)).rejects.toThrow(`1 tensors are missing, the first is ${Q_NORM}`);
    const unknown = await rewritten(changed(Q_NORM, { name: 'model.extra' }));
    await expect(openCheckpoint(unknown)).rejects.toThrow(/has a tensor model\.extra/);
    const reshaped = await rewritten(changed(Q_NORM, { shape: [5, 2] }));
    await expect(openCheckpoint(reshaped)).rejects.toThrow(/q_norm.weight is \[5, 2\], expected \[10\] by its config/);
  });

  test('says which file is missing', async () => {
    const folder = await tinyFolder();
    const other = join(temporaryFolder(), 'other');
    cpSync(folder, other, { recursive: true });
    rmSync(join(folder, 'config.json'));
    await expect(openCheckpoint(folder)).rejects.toThrow(/no config\.json in it/);
    rmSync(join(other, 'model.safetensors'));
    await expect(openCheckpoint(other)).rejects.toThrow(/no model\.safetensors in it/);
    await expect(openCheckpoint(join(folder, 'nothing'))).rejects.toThrow(/no such file or folder/);
  });
});

describe('openCheckpoint of a GGUF file', () => {
  test('gives the tensors of the folder it was made from, norms without their 1', async () => {
    const plain = await openCheckpoint(await tinyFolder());
    const path = join(temporaryFolder(), 'tiny.gguf');
    writeFileSync(path, await tinyGguf(plain.tensors.read.bind(plain.tensors), await plain.tokenizer()));
    const found = await openCheckpoint(path);
    // What GGUF has no keys for is what the family has, and so has the tiny preset.
    expect(found.config).toEqual(TINY_CONFIG);
    for (const name of plain.tensors.names()) {
      const [expected, values] = [await plain.tensors.read(name), await found.tensors.read(name)];
      // 1 + w keeps w only to half an ulp of 1; other tensors come back to the bit.
      const tolerance = name.endsWith('norm.weight') ? 2 ** -24 : 0;
      const error = Math.max(...expected.map((value, i) => Math.abs(value - values[i]!)));
      expect(error, name).toBeLessThanOrEqual(tolerance);
    }
  });
});

/** llama.cpp's names; the converter adds 1 to norm weights. */
async function tinyGguf(
  read: (name: string) => Promise<Float32Array>,
  tokenizer: { toJson(): string },
): Promise<Buffer> {
  const parts: Record<string, string> = {
    attn_norm: 'input_layernorm',
    attn_q: 'self_attn.q_proj',
    attn_k: 'self_attn.k_proj',
    attn_v: 'self_attn.v_proj',
    attn_output: 'self_attn.o_proj',
    attn_q_norm: 'self_attn.q_norm',
    attn_k_norm: 'self_attn.k_norm',
    post_attention_norm: 'post_attention_layernorm',
    ffn_norm: 'pre_feedforward_layernorm',
    ffn_gate: 'mlp.gate_proj',
    ffn_up: 'mlp.up_proj',
    ffn_down: 'mlp.down_proj',
    post_ffw_norm: 'post_feedforward_layernorm',
  };
  const names = new Map([
    ['token_embd.weight', EMBEDDING],
    ['output_norm.weight', 'model.norm.weight'],
  ]);
  for (let layer = 0; layer < TINY_CONFIG.numHiddenLayers; layer++) {
    for (const [part, name] of Object.entries(parts))
      names.set(`blk.${layer}.${part}.weight`, `model.layers.${layer}.${name}.weight`);
  }
  const shapes = parameterShapes(TINY_CONFIG);
  const tensors: GgufTensor[] = [];
  for (const [name, original] of names) {
    const values = await read(original);
    const stored = original.endsWith('norm.weight') ? values.map((value) => value + 1) : values;
    tensors.push({ name, shape: shapes.get(original)!.toReversed(), type: 0, bytes: new Uint8Array(stored.buffer) });
  }
  const vocab = Object.keys((JSON.parse(tokenizer.toJson()) as { model: { vocab: object } }).model.vocab);
  return ggufBytes(
    {
      'general.architecture': { text: 'gemma3' },
      'gemma3.context_length': { u32: TINY_CONFIG.maxPositionEmbeddings },
      'gemma3.embedding_length': { u32: TINY_CONFIG.hiddenSize },
      'gemma3.block_count': { u32: TINY_CONFIG.numHiddenLayers },
      'gemma3.feed_forward_length': { u32: TINY_CONFIG.intermediateSize },
      'gemma3.attention.head_count': { u32: TINY_CONFIG.numAttentionHeads },
      'gemma3.attention.head_count_kv': { u32: TINY_CONFIG.numKeyValueHeads },
      'gemma3.attention.key_length': { u32: TINY_CONFIG.headDim },
      'gemma3.attention.sliding_window': { u32: TINY_CONFIG.slidingWindow },
      'gemma3.attention.layer_norm_rms_epsilon': { f32: TINY_CONFIG.rmsNormEps },
      'gemma3.rope.freq_base': { f32: TINY_CONFIG.ropeTheta },
      'tokenizer.ggml.tokens': { texts: vocab },
    },
    tensors,
  );
}

const golden = JSON.parse(readFileSync(new URL('../../golden/gemma3-270m.json', import.meta.url), 'utf8')) as {
  sha256: string;
  tensorSha256: Record<string, string>;
};

describe.skipIf(!hasRealModel)('openCheckpoint of the real 270M', () => {
  test('gives the tensors transformers gives, to the bit', { timeout: 60_000 }, async () => {
    const checkpoint = await openCheckpoint(REAL_MODEL);
    expect(await checkpoint.digest()).toBe(golden.sha256);
    for (const [name, expected] of Object.entries(golden.tensorSha256)) {
      const digest = createHash('sha256')
        .update(await checkpoint.tensors.read(name))
        .digest('hex');
      expect(digest, name).toBe(expected);
    }
  });
});
