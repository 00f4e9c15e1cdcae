import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { openCheckpoint } from '../../model/checkpoints/open-checkpoint.ts';
import { createEngine } from '../../model/engine.ts';
import type { Engine } from '../../model/api/engine.ts';
import { hasRealModel, REAL_MODEL } from '../support/real-model.ts';

/** What transformers computes with the same file; made by `test/golden/gemma3_270m.py`. */
const golden = JSON.parse(readFileSync(new URL('../golden/gemma3-270m.json', import.meta.url), 'utf8')) as {
  prompts: {
    prompt: string;
    promptIds: number[];
    topIds: number[];
    topLogProbs: number[];
    completion: string;
    completionIds: number[];
    completionLogProbs: number[];
    greedyIds: number[];
    /** Nats by which each greedy token won. */
    margins: number[];
  }[];
};
const set = { name: 'base', version: 0 };
let engine: Engine;

describe.skipIf(!hasRealModel)('the real Gemma 3 270M', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    engine = await createEngine();
    await engine.load({ set, source: REAL_MODEL, trainable: false, fence: 0 });
  }, 120_000);

  test('reads texts as transformers does, BOS once', async () => {
    const items = golden.prompts.map(({ prompt, completion }) => ({ prompt, completion, endToken: false }));
    const sequences = await engine.tokenize({ set: 'base', items, chat: false });
    const expected = golden.prompts.map(({ promptIds, completionIds }) => ({ promptIds, completionIds }));
    expect(sequences).toEqual(expected);
  });

  test('gives the log-probabilities of transformers, also past the window', async () => {
    const { logProbs } = await engine.score({ set, sequences: golden.prompts, temperature: 1, precision: 'float32' });
    golden.prompts.forEach(({ completionLogProbs }, i) =>
      // Largest difference seen: 3e-5 nats, over 18 layers in float32.
      completionLogProbs.forEach((value, t) => expect(Math.abs(logProbs[i]![t]! - value)).toBeLessThan(1e-4)),
    );
  });

  test('ranks the next token as transformers does', async () => {
    const sequences = golden.prompts.flatMap(({ promptIds, topIds }) =>
      topIds.map((id) => ({ promptIds, completionIds: [id] })),
    );
    const { logProbs } = await engine.score({ set, sequences, temperature: 1, precision: 'float32' });
    golden.prompts
      .flatMap(({ topLogProbs }) => topLogProbs)
      .forEach((value, i) => expect(Math.abs(logProbs[i]![0]! - value)).toBeLessThan(1e-4));
  });

  test('continues greedily as transformers does', async () => {
    const prompts = golden.prompts.map(({ promptIds }, i) => ({ id: String(i), promptIds }));
    const sampling = { maxTokens: 24, temperature: 0, topK: 0, topP: 1 };
    const texts: number[][] = [];
    await engine.generate({ set, prompts, numGenerations: 1, sampling, seed: 0, precision: 'float32' }, (answer) => {
      texts[answer.promptIndex] = [...answer.completions[0]!.tokenIds];
    });
    golden.prompts.forEach(({ greedyIds, margins }, i) => {
      // Where two tokens are level to rounding, either is right, and what follows differs.
      const level = margins.findIndex((margin) => margin < 1e-3);
      const sure = level < 0 ? greedyIds.length : level;
      expect(texts[i]!.slice(0, sure)).toEqual(greedyIds.slice(0, sure));
    });
  });

  test('is written as a checkpoint that reads back the same', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'gemma-270m-')), 'copy');
    const { bytes } = await engine.save({ set, folder, withOptimizer: false });
    expect(bytes).toBeGreaterThan(4 * 268_098_176);
    const [original, copy] = [await openCheckpoint(REAL_MODEL), await openCheckpoint(folder)];
    for (const name of ['model.embed_tokens.weight', 'model.layers.17.mlp.down_proj.weight', 'model.norm.weight']) {
      const [a, b] = [await original.tensors.read(name), await copy.tensors.read(name)];
      expect(Buffer.from(a.buffer).equals(Buffer.from(b.buffer)), name).toBe(true);
    }
    rmSync(folder, { recursive: true });
  });

  test('in bfloat16 stays close: the mean difference is below a twentieth of a nat', async () => {
    const { logProbs } = await engine.score({ set, sequences: golden.prompts, temperature: 1, precision: 'bfloat16' });
    const gaps = golden.prompts.flatMap(({ completionLogProbs }, i) =>
      completionLogProbs.map((value, t) => Math.abs(logProbs[i]![t]! - value)),
    );
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeLessThan(0.05);
  });
});
