import { expect, test } from 'vitest';

import { localStore } from '../../activities/artifacts.ts';
import { NotDeterministicError, recordOnce, writeOnce } from '../../activities/journal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const step = (stage: string, number: number, loss: number) => ({ stage, step: number, loss });

test('recordOnce keeps one line for each step of a stage, in the order in which they came', async () => {
  const store = localStore(temporaryFolder());
  for (const entry of [step('sft', 1, 0.5), step('sft', 2, 0.25), step('jbond', 1, 3)]) {
    await recordOnce(store, 'metrics.jsonl', entry);
  }
  await recordOnce(store, 'metrics.jsonl', step('sft', 1, 0.5)); // made again after a crash
  expect(await store.read('metrics.jsonl')).toBe(
    '{"stage":"sft","step":1,"loss":0.5}\n{"stage":"sft","step":2,"loss":0.25}\n{"stage":"jbond","step":1,"loss":3}\n',
  );
});

test('recordOnce refuses another result of the same step, and shows both', async () => {
  const store = localStore(temporaryFolder());
  await recordOnce(store, 'metrics.jsonl', step('sft', 1, 0.5));
  const again = recordOnce(store, 'metrics.jsonl', step('sft', 1, 0.5000000000000001));
  await expect(again).rejects.toThrow(NotDeterministicError);
  await expect(again).rejects.toThrow(
    /not deterministic: sft step 1(.|\n)*"loss":0\.5}\n.*"loss":0\.5000000000000001}/,
  );
  expect(await store.read('metrics.jsonl')).toBe('{"stage":"sft","step":1,"loss":0.5}\n');
});

test('writeOnce accepts the same content and shows the first line that differs', async () => {
  const store = localStore(temporaryFolder());
  const first = await writeOnce(store, 'samples.jsonl', 'a\nb\nc\n');
  expect(await writeOnce(store, 'samples.jsonl', 'a\nb\nc\n')).toEqual(first);
  await expect(writeOnce(store, 'samples.jsonl', 'a\nB\nc\n')).rejects.toThrow(/line 2(.|\n)*before b\n {2}now {4}B/);
  await expect(writeOnce(store, 'samples.jsonl', 'a\nb\n')).rejects.toThrow(NotDeterministicError);
});
