import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { makeWordProblems } from '../activities/data/word-problems.ts';
import { openCheckpoint } from '../model/checkpoints/open-checkpoint.ts';
import { resolveModel } from '../model/checkpoints/resolve-model.ts';
import { cacheRoot } from '../scripts/paths.mjs';
import { EngineThread } from '../server/engine-client.ts';

/**
 * The weights of a model as a Hugging Face folder, float32: the same numbers for us and for everyone else.
 *
 * @throws RangeError when the model has not been pulled; the message says what to do.
 */
export async function benchModel(model: string): Promise<string> {
  const source = await resolveModel(model);
  if (!source.endsWith('.gguf')) return source;
  const folder = join(cacheRoot(), 'bench', basename(source, '.gguf'));
  if (existsSync(folder)) return folder;
  await mkdir(join(folder, '..'), { recursive: true });
  const engine = new EngineThread({ onDeath: () => {} });
  try {
    await engine.ready;
    const set = { name: 'policy', version: 0 };
    await engine.call('load', { set, source, trainable: false, fence: 0 });
    await engine.call('save', { set, folder, withOptimizer: false });
  } finally {
    await engine.close();
  }
  return folder;
}

/**
 * Texts of exactly `length` tokens, BOS included: word problems with their answers, one after the other, so that the
 * model goes on with more of them and does not stop. Each text begins differently.
 */
export async function texts(model: string, count: number, length: number): Promise<number[][]> {
  const tokenizer = await (await openCheckpoint(model)).tokenizer();
  const perText = Math.ceil(length / 16);
  const { train } = makeWordProblems({
    ...{ kind: 'one-operation', maxNumber: 20, evaluationProblems: 1, trainProblems: count * perText, seed: 0 },
  } as Parameters<typeof makeWordProblems>[0]);
  return Array.from({ length: count }, (_, i) => {
    const problems = train.slice(i * perText, (i + 1) * perText);
    const text = problems.map(({ question, answer }) => `Question: ${question}\nAnswer: ${answer}\n\n`).join('');
    const ids = [tokenizer.bosId, ...tokenizer.encode(text)].slice(0, length);
    if (ids.length < length) throw new RangeError(`texts: text ${i} has ${ids.length} tokens, expected ${length}`);
    return ids;
  });
}
