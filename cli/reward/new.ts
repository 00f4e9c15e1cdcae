import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

import { command } from '../command.ts';
import { UsageError } from '../failure.ts';

export const create = command(
  {
    name: 'reward new',
    arguments: 'NAME',
    about: `
Writes a reward that works, with fixtures and a test, into the current folder: NAME.ts and NAME.test.ts; and a tsconfig.json
for your editor where there is none. Nothing has to be installed to run it.`,
    options: {},
    positionals: [1, 1],
  },
  async ({ positionals, output }) => {
    const name = positionals[0]!;
    if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new UsageError(`got ${name}, expected small letters, digits and dashes`);
    const files: Record<string, string> = { [`${name}.ts`]: pluginText(name), [`${name}.test.ts`]: testText(name) };
    for (const file of Object.keys(files)) {
      if (existsSync(file)) throw new UsageError(`${file} is there already; take another name, or remove it`);
    }
    if (!existsSync('tsconfig.json')) files['tsconfig.json'] = TSCONFIG;
    for (const [file, text] of Object.entries(files)) {
      await writeFile(file, text);
      output.say(`wrote ${file}`);
    }
    output.emit({ files: Object.keys(files) });
    output.say(`next: cabochon reward test ${name}.ts`);
  },
);

const pluginText = (name: string) => `import { defineReward, z, type Outcome } from 'cabochon/sdk';

/** 1 for a completion with at most \`words\` words, less the longer it is. A row may bring a limit of its own. */
export default defineReward({
  name: '${name}',
  version: 1, // raise it when the same completion may get another score
  params: z.strictObject({ words: z.int().positive().default(20) }),
  columns: z.strictObject({ limit: z.int().positive().optional() }),
  range: [0, 1],
  timeoutMs: 10_000,
  score: (samples, { words }) =>
    samples.map(({ completion, row }): Outcome => {
      const count = completion.split(/\\s+/).filter(Boolean).length;
      if (count === 0) return { outcome: 'policy_error', score: 0, reason: 'nothing was said' };
      const limit = row.limit ?? words;
      return { outcome: 'scored', score: Math.min(1, limit / count), reason: \`\${count} words, \${limit} wanted\` };
    }),
  fixtures: [
    { completion: 'Four words are few.', row: {}, expect: 1 },
    { completion: 'Four words are few.', row: { limit: 2 }, expect: 0.5 },
    { completion: '', row: {}, expect: 'policy_error' },
  ],
});
`;

const testText = (name: string) => `import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { describeReward } from 'cabochon/sdk/testing';
import reward from './${name}.ts';

const sample = (completion: string) => ({ prompt: '', completion, finishReason: 'stop' as const, row: {} });

// What every reward must do: one outcome for each sample, in range, whatever else is in the batch.
describeReward(reward, { params: {}, samples: ['One.', 'one two three', ''].map(sample) }, { describe, test });

// What this one does.
test('longer than wanted earns less', async () => {
  const { signal } = new AbortController();
  const verdicts = await reward.score([sample('a b c d')], { words: 3 }, { signal });
  assert.deepEqual(verdicts, [{ outcome: 'scored', score: 0.75, reason: '4 words, 3 wanted' }]);
});
`;

/** What Node needs of a TypeScript file that it runs as it is. */
const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2024",
    "module": "preserve",
    "strict": true,
    "noEmit": true,
    "allowImportingTsExtensions": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true
  }
}
`;
