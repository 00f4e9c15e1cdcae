import { describe, expect, test } from 'vitest';

import codeExecution from '../../rewards/code-execution.ts';
import { normalizeOutcomes } from '../../sdk/outcomes.ts';
import type { Outcome, Sample } from '../../sdk/reward.ts';
import { describeReward } from '../../sdk/testing.ts';

type Row = Sample<Parameters<(typeof codeExecution)['score']>[0][number]['row']>['row'];

const ADD: Row = {
  prompt: '/** Adds. */\nfunction add(a, b) {\n',
  entryPoint: 'add',
  cases: [
    { args: [1, 2], expected: 3 },
    { args: [2, 2], expected: 4 },
    { args: [-1, 1], expected: 0 },
    { args: [0.5, 0.5], expected: 1 },
  ],
};

function sample(completion: string, row: Row = ADD, prompt = ''): Sample<Row> {
  return { prompt, completion, finishReason: 'stop', row };
}

async function judge(samples: readonly Sample<Row>[], params: unknown = {}): Promise<Outcome[]> {
  const context = { signal: AbortSignal.timeout(60_000) };
  const raw = await codeExecution.score(samples, codeExecution.params.parse(params), context);
  return normalizeOutcomes(codeExecution, raw, samples.length);
}

const one = async (completion: string, row?: Row, params?: unknown) =>
  (await judge([sample(completion, row)], params))[0]!;

describeReward(
  codeExecution,
  {
    params: { credit: 'rate' },
    samples: [
      sample('  return a + b;\n}'),
      sample('  return a - b;\n}'),
      sample('  return a +'),
      sample('', {}),
      sample('const f = 1', { tests: 'console.assert(f === 1)' }),
    ],
  },
  { describe, test },
);

describe('where the program is', () => {
  test.each([
    ['the body of the prompt’s function', '  return a + b;\n}'],
    [
      'the body, and what a model adds after its end',
      '  return a + b;\n}\n\nThe function adds (both) its arguments:\n- one',
    ],
    ['the whole function', 'function add(a, b) { return a + b; }'],
    ['a block', 'Here:\n```js\nconst add = (a, b) => a + b;\n```\nIt adds.'],
    ['a block without a language', '```\nconst add = (a, b) => a + b;\n```'],
    ['the last block', '```js\nconst add = () => 0;\n```\nNo:\n```javascript\nconst add = (a, b) => a + b;\n```'],
    ['the last block in this language', '```js\nconst add = (a, b) => a + b;\n```\n```text\n3\n```'],
    ['a block that was cut off after its end', '```js\nconst add = (a, b) => a + b;\n'],
    ['a block with the body', '```js\n  return a + b;\n}\n```'],
    [
      'TypeScript',
      '```ts\nenum Sign { Plus = 1 }\nconst add = (a: number, b: number): number => a + Sign.Plus * b;\n```',
    ],
    ['TypeScript without saying so', 'function add(a: number, b: number): number { return a + b; }'],
    [
      'a module',
      '```js\nexport function add(a, b) { return a + b; }\nexport default add;\n```'.replace(
        'export default add;\n',
        '',
      ),
    ],
    ['a CommonJS module', 'module.exports = { add: (a, b) => a + b };\nconst add = module.exports.add;'],
    ['an async function', 'async function add(a, b) { await null; return a + b; }'],
    ['with a library', 'const add = (a, b) => require("lodash").sum([a, b]);'],
  ])('%s', async (_, completion) => {
    expect(await one(completion)).toMatchObject({
      outcome: 'scored',
      score: 1,
      reason: expect.stringMatching(/^passed: 4 of 4/),
    });
  });

  test('helpers of the prompt are there for a completion that declares the function anew', async () => {
    const prompt = 'const twice = (x) => 2 * x;\n// Four times x.\nfunction four(x) {\n';
    const row = { prompt, tests: 'console.assert(four(2) === 8)' };
    expect(await one('```js\nfunction four(x) { return twice(twice(x)); }\n```', row)).toMatchObject({ score: 1 });
  });

  test('the prompt of the sample does where the row has none', async () => {
    const row = { tests: 'if (inc(1) !== 2) throw "no"' };
    expect(await judge([sample('x + 1;\n', row, 'const inc = (x) => ')])).toMatchObject([
      { outcome: 'scored', score: 1 },
    ]);
  });
});

describe('what it earns', () => {
  const half = '  return a + (b < 1 ? 0 : b);\n}'; // right in two of four: (1, 2), (2, 2), (-1, 1)
  test.each([
    [{}, 0],
    [{ credit: 'rate' }, 0.75],
    [{ credit: 'rate', thresholds: [0.5, 1] }, 0.5],
    [{ credit: 'rate', thresholds: [0.8, 1] }, 0],
  ])('%j: %d', async (params, score) => {
    const outcome = await one(half, ADD, params);
    expect(outcome).toMatchObject({ outcome: 'scored', score });
    expect(outcome.reason).toMatch(/^failed: test 4: \(0\.5, 0\.5\) gave 0\.5, expected 1; 3 of 4 passed$/);
  });

  test.each([
    ['  return a +', /^syntax: test 1: SyntaxError/],
    ['  throw new TypeError("odd");\n}', /^exception: test 1: TypeError: odd/],
    ['  for (;;);\n}', /^timeout: test 1: more than 1000 ms of CPU time/],
    ['  const all = []; for (;;) all.push(new Array(1000).fill(a));\n}', /^memory: test 1/],
    ['  return "x".repeat(1e6);\n}', /^output: test 1/],
    ['I do not know.', /^syntax: test 1/],
    ['```js\nconst sum = (a, b) => a + b;\n```', /^(exception: test 1: while loading: add is not a function|syntax)/],
  ])('%s is the fault of the completion', async (completion, reason) => {
    const outcome = await one(completion);
    expect(outcome).toMatchObject({ outcome: 'policy_error', score: 0 });
    expect(outcome.reason).toMatch(reason);
  });

  test('what passed before a fault counts, where shares count', async () => {
    const outcome = await one('  while (a === b);\n  return a + b;\n}', ADD, { credit: 'rate', cpuMs: 100 });
    expect(outcome).toMatchObject({ outcome: 'policy_error', score: 0.25 }); // the last two are not run
  });

  test('assertions of one suite are counted', async () => {
    const row = {
      tests: 'console.assert(f(1) === 1);\nconsole.assert(f(2) === 2);\nconsole.assert(f(3) === 3, "three");',
    };
    const outcome = await one('const f = (x) => Math.min(x, 2)', row, { credit: 'rate' });
    expect(outcome).toMatchObject({ outcome: 'scored', score: 2 / 3 });
    expect(outcome.reason).toMatch(/^failed: test 1: assertion 3: three; 2 of 3 passed/);
  });

  test('several suites are several tests', async () => {
    const row = { tests: ['console.assert(f(1) === 1)', 'if (f(2) !== 2) throw "two"'] };
    expect(await one('const f = () => 1', row, { credit: 'rate' })).toMatchObject({ outcome: 'scored', score: 0.5 });
  });

  test('texts on standard input, printed lines', async () => {
    const cases = [
      { input: '1 2\n', expected: '3\n' },
      { input: '4 5', expected: '9' },
    ];
    const completion =
      'const [a, b] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);\nconsole.log(a + b);';
    expect(await one(completion, { cases })).toMatchObject({ outcome: 'scored', score: 1 });
    expect(await one('console.log(3)', { cases }, { credit: 'rate' })).toMatchObject({ outcome: 'scored', score: 0.5 });
  });
});

test.each([
  [{}, 'the row has neither tests nor cases'],
  [{ tests: ' ', cases: [] }, 'the row has neither tests nor cases'],
  [
    { cases: [{ input: 3, expected: 4 }] },
    'case 1 of the row has neither args nor a text as input with a text that is expected',
  ],
])('a row that tests nothing teaches nothing: %j', async (row, reason) => {
  expect(await one('1', row)).toEqual({ outcome: 'abstained', reason });
});
