import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../../model/checkpoints/open-checkpoint.ts';
import { openOptimizer } from '../../../model/checkpoints/optimizer-state.ts';
import { TINY_CONFIG, tinyTokenizer } from '../../../model/checkpoints/tiny-preset.ts';
import { type CheckpointToWrite, writeCheckpoint } from '../../../model/checkpoints/write-checkpoint.ts';
import { parameterShapes } from '../../../model/gemma3/config.ts';
import { formulaWeights } from '../../support/formula-weights.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const Q_NORM = 'model.layers.3.self_attn.q_norm.weight';

function contents(amplitude = 0.3): CheckpointToWrite {
  const tensors = [...parameterShapes(TINY_CONFIG)].map(([name, shape], number) => ({
    name,
    shape,
    read: () =>
      formulaWeights(
        number,
        shape.reduce((a, b) => a * b, 1),
        amplitude,
      ),
  }));
  return { config: TINY_CONFIG, tokenizer: tinyTokenizer(), tensors };
}

describe('writeCheckpoint', () => {
  test('writes a folder that opens to the same numbers', async () => {
    const folder = join(temporaryFolder(), 'checkpoints', 'sft-3');
    const written = await writeCheckpoint(folder, { ...contents(), extraFiles: { NOTICE: 'a notice' } });
    expect(readdirSync(folder).sort()).toEqual([
      'NOTICE',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const weights = readFileSync(join(folder, 'model.safetensors'));
    expect(written).toEqual({
      folder,
      bytes: weights.length,
      sha256: createHash('sha256').update(weights).digest('hex'),
    });
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.config).toEqual(TINY_CONFIG);
    expect(await checkpoint.digest()).toBe(written.sha256);
    const number = [...parameterShapes(TINY_CONFIG).keys()].indexOf(Q_NORM);
    expect(await checkpoint.tensors.read(Q_NORM)).toEqual(formulaWeights(number, TINY_CONFIG.headDim));
    expect(readdirSync(dirname(folder))).toEqual(['sft-3']);
  });

  test('names both tokens that end a completion', async () => {
    const folder = join(temporaryFolder(), 'x');
    await writeCheckpoint(folder, contents());
    const generation: unknown = JSON.parse(readFileSync(join(folder, 'generation_config.json'), 'utf8'));
    expect(generation).toEqual({ bos_token_id: 2, eos_token_id: [1, 106], pad_token_id: 0 });
  });

  test('keeps the optimizer with its step', async () => {
    const folder = join(temporaryFolder(), 'x');
    const moments = [...parameterShapes(TINY_CONFIG)].map(([name, shape], number) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return {
        name,
        shape,
        firstMoment: () => formulaWeights(2 * number, length),
        secondMoment: () => formulaWeights(2 * number + 1, length),
      };
    });
    const written = await writeCheckpoint(folder, { ...contents(), optimizer: { step: 17, moments } });
    const optimizer = await openOptimizer(folder);
    const number = moments.findIndex(({ name }) => name === Q_NORM);
    expect(optimizer?.step).toBe(17);
    expect(await optimizer?.firstMoment(Q_NORM)).toEqual(formulaWeights(2 * number, TINY_CONFIG.headDim));
    expect(await optimizer?.secondMoment(Q_NORM)).toEqual(formulaWeights(2 * number + 1, TINY_CONFIG.headDim));
    const sizes = ['model', 'optimizer'].map((name) => readFileSync(join(folder, `${name}.safetensors`)).length);
    expect(written.bytes).toBe(sizes[0]! + sizes[1]!);
    // The digest is that of the weights alone: the same weights are the same checkpoint.
    expect(written.sha256).toBe((await writeCheckpoint(join(temporaryFolder(), 'y'), contents())).sha256);
    expect(await openOptimizer(temporaryFolder())).toBeNull();
  });

  test('replaces a folder, and clears what a process that died left half-made', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'x');
    const first = await writeCheckpoint(folder, contents());
    // No process has this id: Linux ends at 2^22.
    mkdirSync(`${folder}.partial-4999999-0`);
    writeFileSync(join(`${folder}.partial-4999999-0`, 'model.safetensors'), 'half');
    mkdirSync(`${folder}-other`);
    const second = await writeCheckpoint(folder, contents(0.1));
    expect(second.sha256).not.toBe(first.sha256);
    expect(await (await openCheckpoint(folder)).digest()).toBe(second.sha256);
    expect(readdirSync(parent).sort()).toEqual(['x', 'x-other']);
  });

  test('two writers of one folder leave a whole one', async () => {
    const parent = temporaryFolder();
    const both = await Promise.all(
      [0.1, 0.2].map((amplitude) => writeCheckpoint(join(parent, 'x'), contents(amplitude))),
    );
    const digest = await (await openCheckpoint(join(parent, 'x'))).digest();
    expect(both.map(({ sha256 }) => sha256)).toContain(digest);
    expect(readdirSync(parent)).toEqual(['x']);
  });

  test('leaves the folder as it was when a tensor is wrong', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'x');
    const { sha256 } = await writeCheckpoint(folder, contents());
    const good = contents();
    const broken = good.tensors.map((tensor) =>
      tensor.name === Q_NORM ? { ...tensor, read: () => new Float32Array(3) } : tensor,
    );
    await expect(writeCheckpoint(folder, { ...good, tensors: broken })).rejects.toThrow(/q_norm.weight has 3 numbers/);
    expect(readdirSync(parent)).toEqual(['x']);
    expect(await (await openCheckpoint(folder)).digest()).toBe(sha256);
  });

  test('refuses tensors that are not those of the config, before anything is written', async () => {
    const folder = join(temporaryFolder(), 'x');
    const good = contents();
    const [first, ...rest] = good.tensors;
    await expect(writeCheckpoint(folder, { ...good, tensors: rest })).rejects.toThrow(
      /92 tensors, expected the config's 93/,
    );
    const renamed = [{ ...first!, name: 'model.extra' }, ...rest];
    await expect(writeCheckpoint(folder, { ...good, tensors: renamed })).rejects.toThrow(/tensor model\.extra/);
    const reshaped = [{ ...first!, shape: [1] }, ...rest];
    await expect(writeCheckpoint(folder, { ...good, tensors: reshaped })).rejects.toThrow(
      /is \[1\], expected \[365, 32\]/,
    );
    expect(existsSync(folder)).toBe(false);
  });
});
