import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { followJournals, type Recorded } from '../../cli/runs/recorded.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('what a run recorded comes once, each evaluation and suite after the step it belongs to', async () => {
  const workspace = temporaryFolder();
  const folder = join(workspace, 'runs', 'run');
  mkdirSync(folder, { recursive: true });
  const news = followJournals(workspace, 'run');
  const names = async () => (await news()).map(({ event, stage, step }: Recorded) => `${event} ${stage} ${step}`);
  const record = (file: string, stage: string, step: number) =>
    appendFileSync(join(folder, file), `${JSON.stringify({ stage, step, loss: 1 })}\n`);

  expect(await names()).toEqual([]);
  record('evaluations.jsonl', 'base', 0);
  expect(await names()).toEqual(['evaluation base 0']);
  for (const step of [1, 2, 3]) record('metrics.jsonl', 'sft', step);
  record('evaluations.jsonl', 'sft', 2);
  expect(await names()).toEqual(['step sft 1', 'step sft 2', 'evaluation sft 2', 'step sft 3']);
  record('evaluations.jsonl', 'sft', 3);
  record('suites.jsonl', 'sft', 3);
  record('metrics.jsonl', 'jbond', 1);
  expect(await names()).toEqual(['evaluation sft 3', 'suite sft 3', 'step jbond 1']);
  expect(await names()).toEqual([]);
});
