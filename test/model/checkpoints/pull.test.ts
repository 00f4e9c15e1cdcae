import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectCheckpoint } from '../../../model/checkpoints/inspect-checkpoint.ts';
import { pullModel } from '../../../model/checkpoints/pull.ts';
import { listModels, resolveModel } from '../../../model/checkpoints/resolve-model.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../../../model/checkpoints/tiny-preset.ts';
import { kvCacheBytes } from '../../../model/gemma3/config.ts';
import { serve } from '../../support/hub-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('pullModel', () => {
  test('makes the tiny preset', async () => {
    const cache = temporaryFolder();
    const path = await pullModel('tiny', { cache });
    expect(path).toBe(join(cache, 'models', 'tiny'));
    expect((await inspectCheckpoint(path)).parameters).toBe(77_260);
  });

  test('refuses a local model of another size, and leaves no trace of it', async () => {
    const [cache, from] = [temporaryFolder(), join(temporaryFolder(), 'tiny')];
    await writeTinyCheckpoint(from);
    await expect(pullModel('gemma-3-1b-pt', { cache, from })).rejects.toThrow(
      /has 77260 parameters, expected 999885952/,
    );
    expect(readdirSync(join(cache, 'models'))).toEqual([]);
  });

  test('says what every source answered, and how to go on', async () => {
    const cache = temporaryFolder();
    const hubUrl = await serve((_, response) => response.writeHead(401).end());
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    await expect(pullModel('gemma-3-1b-it', { cache, hubUrl, report })).rejects.toThrow(
      /gemma-3-1b-it: no source has it\n {2}the Hugging Face hub: .*licence[^]*pull gemma-3-1b-it --from PATH/,
    );
    expect(lines[0]).toMatch(/Gemma Terms of Use/);
    expect(readdirSync(join(cache, 'models'))).toEqual([]);
  });

  test('refuses a name nobody knows', async () => {
    await expect(pullModel('gemma-4', { cache: temporaryFolder() })).rejects.toThrow(/known are tiny, gemma-3-270m/);
  });
});

describe('resolveModel', () => {
  test('finds folders, files, and the one GGUF file of a folder', async () => {
    const cache = temporaryFolder();
    const folder = temporaryFolder();
    expect(await resolveModel(folder, cache)).toBe(folder);
    writeFileSync(join(folder, 'a.gguf'), '');
    expect(await resolveModel(folder, cache)).toBe(join(folder, 'a.gguf'));
    expect(await resolveModel(join(folder, 'a.gguf'), cache)).toBe(join(folder, 'a.gguf'));
    writeFileSync(join(folder, 'b.gguf'), '');
    expect(await resolveModel(folder, cache)).toBe(folder);
  });

  test('makes the tiny preset when it is missing or an older one, and not otherwise', async () => {
    const cache = temporaryFolder();
    const folder = await resolveModel('tiny', cache);
    const marker = join(folder, 'marker.txt');
    writeFileSync(marker, '');
    await resolveModel('tiny', cache);
    expect(existsSync(marker)).toBe(true);
    writeFileSync(join(folder, 'source.json'), '{"name":"tiny","source":"preset 0"}\n');
    await resolveModel('tiny', cache);
    expect(existsSync(marker)).toBe(false);
  });

  test('says how to get a known model, and which are known', async () => {
    const cache = temporaryFolder();
    await expect(resolveModel('gemma-3-4b-it', cache)).rejects.toThrow(/run: cabochon model pull gemma-3-4b-it/);
    await expect(resolveModel('./nowhere', cache)).rejects.toThrow(/no such folder or \.gguf file, .* known are tiny/);
  });
});

test('listModels says what is there', async () => {
  const cache = temporaryFolder();
  expect(listModels(cache).every(({ path, bytes }) => path === null && bytes === 0)).toBe(true);
  const folder = await resolveModel('tiny', cache);
  const listed = listModels(cache);
  expect(listed.map(({ name }) => name).slice(0, 3)).toEqual(['tiny', 'gemma-3-270m', 'gemma-3-270m-it']);
  expect(listed).toHaveLength(11);
  expect(listed[0]!.path).toBe(folder);
  expect(listed[0]!.bytes).toBe(
    readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0),
  );
  expect(listed[1]!.sources).toEqual(['Hugging Face hub', 'Python package index']);
  rmSync(folder, { recursive: true });
});

test('inspectCheckpoint describes a checkpoint', async () => {
  const folder = join(temporaryFolder(), 'tiny');
  const { sha256, bytes } = await writeTinyCheckpoint(folder);
  expect(await inspectCheckpoint(folder)).toEqual({
    path: folder,
    format: 'hugging-face',
    config: TINY_CONFIG,
    parameters: 77_260,
    dtypes: { F32: 93 },
    weightFiles: [{ path: join(folder, 'model.safetensors'), bytes }],
    sha256,
    vocabulary: 365,
    optimizerStep: null,
    kvCacheBytes: { 512: kvCacheBytes(TINY_CONFIG, 512, 2) },
  });
});
