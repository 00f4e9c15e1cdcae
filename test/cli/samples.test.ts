import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi, onTestFinished } from 'vitest';

import { run } from '../../cli/samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const right = { name: 'math', outcome: 'scored', score: 1, reason: 'equal' };
const empty = { name: 'math', outcome: 'policy_error', score: 0, reason: 'no_answer' };
const line = (id: string, part: object) => ({
  ...{ id, prompt: `question ${id}`, completion: `answer ${id}`, finishReason: 'stop' },
  ...{ reward: 0, isCorrect: null, parts: [part] },
});

async function samples(...args: string[]): Promise<string[]> {
  const workspace = temporaryFolder();
  const folder = join(workspace, 'runs', 'one', 'samples');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: object[]) =>
    writeFileSync(join(folder, name), lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
  write('jbond-000001.jsonl', [line('a', right), line('b', empty)]);
  write('evaluation-jbond-000002.jsonl', [line('c', empty)]);
  const said: string[] = [];
  const log = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const console_ = vi.spyOn(console, 'log').mockImplementation((text) => void said.push(String(text)));
  onTestFinished(() => [log, console_].forEach((spy) => spy.mockRestore()));
  await run(['one', '--workspace', workspace, '--json', ...args]);
  return said.flatMap((text) => text.trim().split('\n')).map((text) => (JSON.parse(text) as { id: string }).id);
}

test('shows the newest step first, and what is asked for', async () => {
  expect(await samples()).toEqual(['c', 'a', 'b']);
  expect(await samples('--limit', '1')).toEqual(['c']);
  expect(await samples('--step', '1')).toEqual(['a', 'b']);
  expect(await samples('--outcome', 'policy_error')).toEqual(['c', 'b']);
  expect(await samples('--reason', 'equal')).toEqual(['a']);
});

test('says when nothing is of the kind that is asked for', async () => {
  const noted = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  onTestFinished(() => noted.mockRestore());
  await samples('--outcome', 'timeout').catch(() => {}); // no line to parse
  expect(noted).toHaveBeenCalledWith(expect.stringMatching(/^no sample with that outcome and reason in 2 files of /));
});
