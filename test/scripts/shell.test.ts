import { expect, test } from 'vitest';

import { run } from '../../scripts/setup/shell.mjs';

test('gives back what the program wrote', async () => {
  expect(await run('sh', ['-c', 'echo $WORD; echo no >&2'], { env: { WORD: 'yes' } })).toBe('yes\n');
});

test('a failure carries the end of what the program said', async () => {
  await expect(run('sh', ['-c', 'echo why >&2; exit 3'])).rejects.toThrow('sh: ended with 3\nwhy');
});

test('a program that is not there is an error, not a crash', async () => {
  await expect(run('no-such-program', [])).rejects.toThrow(/no-such-program: .*ENOENT/);
});

test('what takes too long is ended, with the children it started', async () => {
  const start = performance.now();
  // The grandchild holds the output open: unless it ends too, there is no end.
  await expect(run('sh', ['-c', 'sleep 60 & sleep 60'], { timeoutMs: 500 })).rejects.toThrow(/sh: no end after 1 s/);
  expect(performance.now() - start).toBeLessThan(5000);
});

test('what makes no progress is ended', async () => {
  await expect(run('sleep', ['60'], { isStuck: async () => true })).rejects.toThrow('sleep: no progress after 1 s');
});
