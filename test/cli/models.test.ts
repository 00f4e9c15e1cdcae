import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The JSON lines of a command that uses a model server of its own. */
async function cabochon(args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['cli/main.ts', ...args, '--json'], { cwd: ROOT });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function jsonLines(rows: readonly object[]): string {
  const file = join(temporaryFolder(), 'input.jsonl');
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  return file;
}

describe('on the tiny preset', () => {
  test('generate answers each line, in order, and the same each time', async () => {
    const prompts = ['Question: 1 + 1?', 'a', 'Question: how many?'];
    const input = jsonLines(prompts.map((prompt) => ({ prompt })));
    const args = ['generate', '--model', 'tiny', '--input', input, '--max-tokens', '5', '--temperature', '0', '--raw'];
    const lines = await cabochon(args);
    expect(lines.map(({ prompt }) => prompt)).toEqual(prompts);
    for (const { tokenIds, logProbs, finishReason } of lines) {
      expect(tokenIds).toHaveLength(5);
      expect(logProbs).toHaveLength(5);
      expect(finishReason).toBe('length');
    }
    expect(await cabochon(args)).toEqual(lines);
  });

  test('score gives the tokens of the completion alone, and one more for its end', async () => {
    const input = jsonLines([{ prompt: 'Answer:', completion: ' 12' }]);
    const args = ['score', '--model', 'tiny', '--input', input, '--raw'];
    const [line] = await cabochon(args);
    const [ended] = await cabochon([...args, '--end-token']);
    const { tokenIds, logProbs } = line as { tokenIds: number[]; logProbs: number[] };
    expect(logProbs).toHaveLength(tokenIds.length);
    expect(logProbs.every((value) => value < 0)).toBe(true);
    expect((ended as { tokenIds: number[] }).tokenIds).toEqual([...tokenIds, 1]); // <eos>
  });

  test('eval judges a data file by a recipe', async () => {
    const data = jsonLines([1, 2, 3].map((x) => ({ question: `What is ${x} + 1?`, answer: x + 1 })));
    const lines = await cabochon(['eval', '--model', 'tiny', '--data', data, '--config', 'configs/tiny.yaml']);
    // z²/(n + z²) with n = 3, as none is right
    const accuracy = {
      accuracy: 0,
      n: 3,
      interval: [0, expect.closeTo(0.561497, 5)],
      tokensPerSecond: expect.any(Number),
    };
    const mean = { value: 0, n: 3, interval: [0, 0] };
    expect(lines).toMatchObject([{ ...accuracy, rewards: { 'exact-number': mean, reward: mean } }]);
    expect(lines).toHaveLength(1);
  });

  test("eval judges the recipe's evaluation rows, with solved ones before each", async () => {
    const own = ['--config', 'configs/tiny.yaml', '--problems', '4', '--few-shot', '2'];
    expect(await cabochon(['eval', '--model', 'tiny', ...own])).toMatchObject([{ n: 4 }]);
  });
});
