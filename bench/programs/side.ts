/**
 * Judges small programs one way and prints programs per second: `side.ts WAY PROCESSES COUNT`. Each way runs the same
 * programs, looks at each result, and has as many at once as it may have processes.
 */
import { spawn } from 'node:child_process';

import { openSandbox } from '../../sandbox/index.ts';

interface Program {
  readonly code: string;
  readonly expected: number;
}

const WAYS: Readonly<Record<string, (processes: number) => Promise<Judge>>> = {
  sandbox: inSandbox,
  vm: (processes) => Promise.resolve({ judge: inVm, atOnce: processes, close: async () => {} }),
  node: (processes) => Promise.resolve({ judge: inNode, atOnce: processes, close: async () => {} }),
};

interface Judge {
  readonly judge: (program: Program) => Promise<boolean>;
  readonly atOnce: number;
  close(): Promise<void>;
}

const [way = '', processes = '1', count = '1'] = process.argv.slice(2);
const { judge, atOnce, close } = await WAYS[way]!(Number(processes));
await judgeAll(programs(Math.min(100, Number(count))));
const start = performance.now();
await judgeAll(programs(Number(count)));
console.log(JSON.stringify({ rate: (Number(count) / (performance.now() - start)) * 1000 }));
await close();

/** The n-th sums the first n squares in its own words. */
function programs(howMany: number): Program[] {
  return Array.from({ length: howMany }, (_, i) => {
    const expected = Array.from({ length: i + 1 }, (__, k) => k * k).reduce((a, b) => a + b);
    return {
      code: `function f(x) { let sum${i} = x; for (let k = 0; k <= ${i}; k++) sum${i} += k * k; return sum${i}; }`,
      expected,
    };
  });
}

async function judgeAll(all: readonly Program[]): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let program = all[next++]; program; program = all[next++]) {
      if (!(await judge(program))) throw new Error(`${way}: a right program did not pass: ${program.code}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function inSandbox(processes: number): Promise<Judge> {
  const sandbox = openSandbox({ processes });
  const judge = async ({ code, expected }: Program) => {
    const tests = { kind: 'calls', entryPoint: 'f', cases: [{ args: [0], expected }] } as const;
    const verdict = await sandbox.run({ program: code, tests });
    return verdict.outcome === 'judged' && verdict.tests[0]!.status === 'passed';
  };
  return { judge, atOnce: 16 * processes, close: () => sandbox.close() };
}

/** A child process for each program, in which node:vm runs it in a context of its own. */
function inVm({ code, expected }: Program): Promise<boolean> {
  return outputOf(
    `console.log(require('node:vm').runInNewContext(${JSON.stringify(`${code}; f(0)`)}, {}, { timeout: 1000 }))`,
    expected,
  );
}

/** A fresh Node for each program. */
function inNode({ code, expected }: Program): Promise<boolean> {
  return outputOf(`${code}; console.log(f(0))`, expected);
}

function outputOf(script: string, expected: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script], { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (more: Buffer) => (text += more.toString()));
    child.on('error', reject);
    child.on('close', () => resolve(text.trim() === String(expected)));
  });
}
