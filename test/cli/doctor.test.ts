import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

import type { Check } from '../../cli/doctor/check.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');

async function doctor(args: string[], env: Record<string, string> = {}) {
  const run = promisify(execFile)(process.execPath, [MAIN, 'doctor', ...args], { env: { ...process.env, ...env } });
  const { stdout, code } = await run.then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  return { stdout, code };
}

function checksIn(stdout: string): Map<string, Check> {
  const checks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Check);
  return new Map(checks.map((check) => [check.name, check]));
}

test('finds what set-up installed', async () => {
  const { stdout } = await doctor(['--json']);
  const checks = checksIn(stdout);
  expect(checks.get('Node')).toEqual({
    name: 'Node',
    status: 'ok',
    found: `${process.version} at ${process.execPath}`,
  });
  expect(checks.get('TensorFlow')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^2\.21\.0 with /) });
  expect(checks.get('precision')?.found).toMatch(
    /^auto is (float32|bfloat16): products in bfloat16 are \d+\.\d\d times as fast as in float32 here; /,
  );
  expect(checks.get('memory')?.found).toMatch(/^\d+\.\d GB free of \d+\.\d GB, \d+ cores$/);
});

test('says what is missing and what to do, and ends with 1', async () => {
  const nowhere = { CABOCHON_CACHE: '/nowhere', PATH: '/nowhere', TEMPORAL_ADDRESS: '' };
  const { stdout, code } = await doctor([], nowhere);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^missing +Temporal +no server\n +run: npm run setup/m);
  expect(stdout).toMatch(/^warning +models +none in \/nowhere\/models\n +run: npm run cabochon -- model pull/m);
});

test('a named Temporal server needs no binary', async () => {
  const { stdout, code } = await doctor(['--json'], { CABOCHON_CACHE: '/nowhere', TEMPORAL_ADDRESS: 'temporal:7233' });
  expect(code).toBe(0);
  expect(checksIn(stdout).get('Temporal')).toMatchObject({
    status: 'ok',
    found: expect.stringMatching(/temporal:7233/),
  });
});
