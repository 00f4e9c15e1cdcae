import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { BUILT_IN } from '../../rewards/index.ts';
import { closeRewards, loadReward, loadRewards, RewardError } from '../../rewards/load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cabochon-rewards-'));
  await mkdir(join(folder, 'node_modules/brevity-reward'), { recursive: true });
});
afterAll(async () => {
  await closeRewards();
  await rm(folder, { recursive: true });
});

const PLUGIN = `import * as z from 'zod';
export default {
  name: 'brevity', version: 3, range: [0, 1], timeoutMs: 1000,
  params: z.strictObject({ limit: z.int().positive() }), columns: z.strictObject({}),
  score: (samples, { limit }) => samples.map(({ completion }) => (completion.length <= limit ? 1 : 0)),
};
`;

async function plugin(name: string, text = PLUGIN): Promise<string> {
  await writeFile(join(folder, name), text);
  return `./${name}`;
}

describe('loadReward', () => {
  test.each([...BUILT_IN.keys()])('the built-in %s is called that', async (name) => {
    const { identity } = await loadReward(name, folder);
    expect(identity).toEqual({
      name,
      version: expect.any(Number) as number,
      sha256: expect.stringMatching(/^\w{64}$/) as string,
    });
  });

  test('a file of the plugin author, TypeScript or JavaScript, as seen from the folder', async () => {
    const typed = PLUGIN.replace('samples.map', '(samples as { completion: string }[]).map');
    for (const use of [
      await plugin('mine.ts', typed),
      await plugin('mine.mjs'),
      join(folder, 'mine.mjs'),
      'mine.mjs',
    ]) {
      expect((await loadReward(use, folder)).identity).toMatchObject({ name: 'brevity', version: 3 });
    }
  });

  test('another text, another hash', async () => {
    const first = await loadReward(await plugin('one.mjs'), folder);
    const second = await loadReward(await plugin('two.mjs', `${PLUGIN}// changed\n`), folder);
    expect(first.identity.sha256).not.toBe(second.identity.sha256);
  });

  test('changed code is loaded when it is asked for again; code that does not load leaves what there was', async () => {
    const file = await plugin('changing.mjs');
    const first = await loadReward(file, folder);
    expect((await loadReward(file, folder)).pool).toBe(first.pool);
    await plugin('changing.mjs', PLUGIN.replace('version: 3', 'version: 4'));
    const second = await loadReward(file, folder);
    expect(second.identity.version).toBe(4);
    await plugin('changing.mjs', 'export default {');
    expect((await loadReward(file, folder)).identity).toEqual(second.identity);
  });

  test('TypeScript in a package, with neither zod nor us installed', async () => {
    const home = join(folder, 'node_modules/@me/typed-reward');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'package.json'), '{ "name": "@me/typed-reward", "exports": "./index.ts" }');
    const text = PLUGIN.replace('export default {', 'export default defineReward({').replace(/};\s*$/, '});');
    await writeFile(join(home, 'index.ts'), `import { defineReward } from 'cabochon/sdk';\n${text}`);
    expect((await loadReward('@me/typed-reward', folder)).identity.name).toBe('brevity');
  });

  test('an npm package installed beside the recipe', async () => {
    const home = join(folder, 'node_modules/brevity-reward');
    await writeFile(join(home, 'package.json'), '{ "name": "brevity-reward", "main": "index.mjs" }');
    await writeFile(join(home, 'index.mjs'), PLUGIN);
    expect((await loadReward('brevity-reward', folder)).identity.name).toBe('brevity');
  });

  test.each([
    [
      'exact_number',
      /reward exact_number: got no built-in reward and no package of that name; did you mean exact-number\?/,
    ],
    ['helpfulness', /there are: .*exact-number, .*math/],
    ['constructor', /got no built-in reward/],
    ['./absent.ts', /reward \.\/absent\.ts: got .*absent\.ts, expected a file that exists/],
  ])('%s does not exist', async (use, message) => {
    await expect(loadReward(use, folder)).rejects.toThrow(message);
    await expect(loadReward(use, folder)).rejects.toBeInstanceOf(RewardError);
  });

  test.each([
    ['none', 'export const x = 1;', /default export: got nothing, expected a mapping/],
    ['thrower', 'throw new Error("no licence");', /fails to import: no licence/],
    ['syntax', 'export default {', /fails to import/],
    ['syntax.ts', 'const a: number = 1;\nconst b = ;', /fails to import: \/.*syntax\.ts:2: Expression expected/],
    [
      'wrong',
      PLUGIN.replace("'brevity'", "'Brevity!'")
        .replace('version: 3', 'version: 0')
        .replace('[0, 1]', '[1, 0]')
        .replace('score:', 'judge:'),
      /name: got "Brevity!", expected small letters.*version: got 0.*range: got a list of 2, expected the lower bound first.*score: got nothing, expected a function/,
    ],
    ['loose', PLUGIN.replace('z.strictObject({})', '{}'), /columns: got a mapping, expected a zod schema/],
  ])('a file that is no reward says what is wrong: %s', async (name, text, message) => {
    await expect(loadReward(await plugin(name.endsWith('.ts') ? name : `${name}.mjs`, text), folder)).rejects.toThrow(
      message,
    );
  });
});

describe('loadRewards', () => {
  test('parses each one’s options and keeps the weights', async () => {
    const entries = [
      { use: 'exact-number', weight: 2, params: { after: '=' } },
      { use: await plugin('mine.mjs'), weight: 0, params: { limit: 4 } },
    ];
    const { rewards, findings } = await loadRewards(entries, folder);
    expect(findings).toEqual([]);
    expect(rewards.map(({ weight, params }) => [weight, params])).toEqual([
      [2, { after: '=' }],
      [0, { limit: 4 }],
    ]);
  });

  test('collects the problems of all, each with its path in the recipe', async () => {
    const entries = [
      { use: 'exact-nmber', weight: 1, params: {} },
      { use: 'exact-number', weight: 1, params: { occurence: 'first', after: '' } },
      { use: await plugin('mine.mjs'), weight: 1, params: { limit: 0 } },
    ];
    const { findings } = await loadRewards(entries, folder);
    expect(findings).toEqual([
      {
        path: ['rewards', 0, 'use'],
        atKey: false,
        message: expect.stringContaining('did you mean exact-number?') as string,
      },
      { path: ['rewards', 1, 'params', 'after'], atKey: false, message: 'got "", expected a text that is not empty' },
      { path: ['rewards', 1, 'params', 'occurence'], atKey: true, message: 'unknown key; did you mean occurrence?' },
      { path: ['rewards', 2, 'params', 'limit'], atKey: false, message: 'got 0, expected more than 0' },
    ]);
  });

  test('refuses two of one name', async () => {
    const uses = [await plugin('mine.mjs'), await plugin('same-name.mjs')];
    const { findings } = await loadRewards(
      uses.map((use) => ({ use, weight: 1, params: { limit: 4 } })),
      folder,
    );
    expect(findings).toMatchObject([
      { path: ['rewards', 1, 'use'], message: expect.stringMatching(/second reward named brevity/) as string },
    ]);
  });
});
