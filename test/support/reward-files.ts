import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { closeRewards, loadRewards, type LoadedReward, type LoadOptions } from '../../rewards/load.ts';

/** A reward's file, as text. `score` is the body of `score(samples, params, context)`. */
export interface RewardText {
  readonly name?: string;
  readonly score: string;
  readonly params?: string;
  readonly columns?: string;
  readonly range?: readonly [number, number];
  readonly timeoutMs?: number;
  readonly scope?: 'sample' | 'group';
  /** Statements before it. */
  readonly before?: string;
}

/** A folder of rewards, written as a plugin's author would. */
export function rewardFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'cabochon-rewards-'));
  let files = 0;
  const write = (text: RewardText, name = `reward-${files++}.ts`) => {
    const file = join(folder, name);
    writeFileSync(file, textOf(text));
    return file;
  };
  return {
    folder,
    write,
    /** Loads rewards with their weights. */
    async load(entries: readonly (readonly [RewardText, number?])[], options: LoadOptions = {}) {
      const given = entries.map(([text, weight = 1]) => ({ use: write(text), weight, params: {} }));
      const { rewards, findings } = await loadRewards(given, folder, options);
      if (findings.length > 0) throw new Error(JSON.stringify(findings));
      return rewards as readonly LoadedReward[];
    },
    async remove() {
      await closeRewards();
      rmSync(folder, { recursive: true });
    },
  };
}

function textOf({ name = 'mine', score, params = '{}', columns = '{}', before = '', ...rest }: RewardText): string {
  const { range = [0, 10], timeoutMs = 1000, scope = 'sample' } = rest;
  return `
    import { defineReward, z } from 'cabochon/sdk';
    ${before}
    export default defineReward({
      name: '${name}', version: 1, range: ${JSON.stringify(range)}, timeoutMs: ${timeoutMs}, scope: '${scope}',
      params: z.strictObject(${params}), columns: z.strictObject(${columns}),
      async score(samples, params, context) { ${score} },
    });`;
}
