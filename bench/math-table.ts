/**
 * Writes docs/math.md: which wrong answers each grader takes for right, and which right ones for wrong, suite by suite.
 *
 *   npm run -s math-table
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readSuite, SUITES, withGraders, type GradingCase } from './grading.ts';
import { MATH_TEXT } from './math-text.ts';
import { Side } from './side.ts';

interface Count {
  falsePositives: number;
  falseNegatives: number;
}

/** Verdicts of both, as texts of 0 and 1. */
interface Verdicts {
  readonly ours: string;
  readonly mathVerify: string;
  readonly versions: Readonly<Record<string, string>>;
}

async function judge(cases: readonly GradingCase[]): Promise<Verdicts> {
  return withGraders(cases, 0, async (...commands) => {
    const answers: { about: unknown; result: string }[] = [];
    for (const command of commands) {
      const side = await Side.start(command);
      try {
        answers.push({ result: String((await side.go()).result), about: side.about });
      } finally {
        await side.stop();
      }
    }
    const [ours, mathVerify] = answers;
    const versions = { ...(ours!.about as object), ...(mathVerify!.about as object) };
    return { ours: ours!.result, mathVerify: mathVerify!.result, versions };
  });
}

function countOf(cases: readonly GradingCase[], verdicts: string): Count {
  const count = { falsePositives: 0, falseNegatives: 0 };
  for (const [at, { expected }] of cases.entries()) {
    if (verdicts[at] === '1' && expected === 0) count.falsePositives++;
    if (verdicts[at] === '0' && expected === 1) count.falseNegatives++;
  }
  return count;
}

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const total = (counts: readonly Count[], key: keyof Count) => counts.reduce((sum, count) => sum + count[key], 0);
const quoted = (text: string) =>
  `\`${text.replace(/\s+/g, ' ').slice(-60).replaceAll('|', '\\|').replaceAll('`', '´')}\``;

/** What we get wrong by the suites' own verdicts, in full. */
function differences(name: string, cases: readonly GradingCase[], verdicts: string): string[] {
  return cases
    .map((one, at) => ({ ...one, given: verdicts[at] }))
    .filter(({ expected, given }) => String(expected) !== given)
    .map(({ gold, prediction, expected }) =>
      row([name, quoted(gold), quoted(prediction), expected ? 'right' : 'wrong']),
    );
}

const rows: string[] = [];
const wrong: string[] = [];
const [all, ours, theirs]: [number[], Count[], Count[]] = [[], [], []];
let versions: Readonly<Record<string, string>> = {};
for (const name of Object.keys(SUITES)) {
  const cases = await readSuite(name);
  if (!cases) {
    console.error(`math-table: ${name} is not on this machine: left out`);
    continue;
  }
  const verdicts = await judge(cases);
  versions = verdicts.versions;
  const [a, b] = [countOf(cases, verdicts.ours), countOf(cases, verdicts.mathVerify)];
  all.push(cases.length);
  ours.push(a);
  theirs.push(b);
  rows.push(row([name, cases.length, a.falsePositives, a.falseNegatives, b.falsePositives, b.falseNegatives]));
  wrong.push(...differences(name, cases, verdicts.ours));
  console.log(rows.at(-1));
}
rows.push(
  row([
    '**all**',
    all.reduce((sum, count) => sum + count, 0),
    ...[ours, theirs].flatMap((counts) => [total(counts, 'falsePositives'), total(counts, 'falseNegatives')]),
  ]),
);
const made = `Made on ${new Date().toISOString().slice(0, 10)} by \`npm run -s math-table\`: ${Object.entries(versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}.`;
// Through functions: a dollar sign in a replacement text would mean something.
const text = MATH_TEXT.replace('{{made}}', () => made)
  .replace('{{rows}}', () => rows.join('\n'))
  .replace('{{wrong}}', () => wrong.join('\n'));
await writeFile(join(import.meta.dirname, '../docs/math.md'), text);
