import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { VerifyOptions } from '../math/verify.ts';
import { mathVerifyPython } from './peers/setup.mjs';
import type { SideCommand } from './side.ts';

/** Two texts and whether the second gives the answer of the first. */
export interface GradingCase extends Partial<VerifyOptions> {
  readonly id?: string;
  readonly gold: string;
  readonly prediction: string;
  readonly expected: 0 | 1;
}

const HERE = import.meta.dirname;
/** Where the public suites are, when this machine has them. */
const DATA = process.env.CABOCHON_TEST_DATA ?? join(HERE, '../../shared/data');

/** Our own cases, and the public suites that are on this machine. */
export const SUITES: Readonly<Record<string, string>> = {
  'our own cases': join(HERE, '../test/math/cases.jsonl'),
  "Math-Verify's own suite, visible part": join(DATA, 'math/verify-suites/math_verify.visible.jsonl'),
  'GSM8K model outputs': join(DATA, 'math/verify-suites/gsm8k_model_outputs.jsonl'),
  'Hendrycks is_equiv': join(DATA, 'math/verify-suites/hendrycks_is_equiv.jsonl'),
  'rewards of RL frameworks': join(DATA, 'math/verify-suites/rl_frameworks.jsonl'),
};

/** The cases of a suite; null where it is not on this machine. */
export async function readSuite(name: string): Promise<GradingCase[] | null> {
  const file = SUITES[name]!;
  if (!existsSync(file)) return null;
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const row = JSON.parse(line) as Record<string, unknown> & GradingCase;
    const { gold, prediction, expected } = row;
    const options = {
      extract: row.extract,
      floatRounding: row.floatRounding ?? row.float_rounding,
      strict: row.strict,
      allowSetRelation: row.allowSetRelation ?? row.allow_set_relation_comp,
    };
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    return { ...(row.id && { id: row.id }), gold, prediction, expected, ...given };
  });
}

/** Both graders over the same cases, for bench/side.ts; `use` gets them while the file of cases is there. */
export async function withGraders<T>(
  cases: readonly GradingCase[],
  warmUp: number,
  use: (ours: SideCommand, mathVerify: SideCommand) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cabochon-math-'));
  try {
    const file = join(folder, 'cases.jsonl');
    await writeFile(
      file,
      cases.map((one) => `${JSON.stringify({ ...one, id: undefined, expected: undefined })}\n`).join(''),
    );
    const options = JSON.stringify({ cases: file, warmUp });
    return await use(
      { name: 'ours', program: process.execPath, args: [join(HERE, 'ours/grading.ts'), options] },
      { name: 'Math-Verify', program: await mathVerifyPython(), args: [join(HERE, 'peers/grading.py'), options] },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
