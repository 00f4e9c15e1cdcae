import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../../model/checkpoints/open-checkpoint.ts';
import { pullFromHub } from '../../../model/checkpoints/pull-from-hub.ts';
import { writeTinyCheckpoint } from '../../../model/checkpoints/tiny-preset.ts';
import { closedPort, hub, serve } from '../../support/hub-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const REPO = 'google/gemma-3-0m';
const silent = () => undefined;
const files = new Map<string, Buffer>();

beforeEach(async () => {
  const folder = join(temporaryFolder(), 'tiny');
  await writeTinyCheckpoint(folder);
  files.clear();
  for (const name of readdirSync(folder)) files.set(name, readFileSync(join(folder, name)));
  files.set('README.md', Buffer.from('a card'));
  files.set('picture.png', Buffer.from('a picture'));
});

describe('pullFromHub', () => {
  test('fetches the files of a checkpoint and no others', async () => {
    const folder = temporaryFolder();
    const lines: string[] = [];
    await pullFromHub(REPO, folder, (line) => lines.push(line), { hubUrl: await serve(hub(REPO, files)) });
    expect(readdirSync(folder).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    for (const name of readdirSync(folder))
      expect(readFileSync(join(folder, name)).equals(files.get(name)!)).toBe(true);
    expect((await openCheckpoint(folder)).config.numHiddenLayers).toBe(7);
    expect(lines).toContain('fetching model.safetensors (0.3 MB) from the Hugging Face hub');
  });

  test('gives up within its patience when nobody answers', async () => {
    const hubUrl = await serve(silent);
    const start = performance.now();
    await expect(pullFromHub(REPO, temporaryFolder(), silent, { hubUrl, answerWithinMs: 200 })).rejects.toThrow(
      /no answer within 200 ms/,
    );
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('says that there is no hub', async () => {
    const hubUrl = await closedPort();
    await expect(pullFromHub(REPO, temporaryFolder(), silent, { hubUrl })).rejects.toThrow(
      /hub cannot be reached: .*ECONNREFUSED/,
    );
  });

  test.each([401, 403])('says what to do about a licence that is not accepted (%i)', async (code) => {
    const hubUrl = await serve((_, response) => response.writeHead(code).end());
    await expect(pullFromHub(REPO, temporaryFolder(), silent, { hubUrl })).rejects.toThrow(
      /google\/gemma-3-0m: the Hugging Face hub wants the Gemma licence accepted .* set HF_TOKEN/,
    );
  });

  test('refuses a file with another digest than listed', async () => {
    const listed = hub(REPO, new Map(files));
    const tampered = Buffer.from(files.get('model.safetensors')!);
    tampered[tampered.length - 1]! ^= 1;
    const served = hub(REPO, files.set('model.safetensors', tampered));
    const hubUrl = await serve((request, response) =>
      (request.url!.includes('/tree/') ? listed : served)(request, response),
    );
    await expect(pullFromHub(REPO, temporaryFolder(), silent, { hubUrl })).rejects.toThrow(
      /model\.safetensors: .* expected/,
    );
  });

  test('refuses a repository without safetensors', async () => {
    files.delete('model.safetensors');
    const hubUrl = await serve(hub(REPO, files));
    await expect(pullFromHub(REPO, temporaryFolder(), silent, { hubUrl })).rejects.toThrow(/no safetensors files/);
  });
});
