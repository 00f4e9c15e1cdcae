import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A fenced block: its language, what stands behind that, its text. */
interface Block {
  readonly language: string;
  readonly note: string;
  readonly text: string;
}

const blocks: Block[] = [
  ...readFileSync(join(ROOT, 'docs/writing-a-reward.md'), 'utf8').matchAll(/^```(\w*) ?(.*)\n([\s\S]*?)^```$/gm),
].map(([, language, note, text]) => ({ language: language!, note: note!, text: text! }));

/** Does what a command line of the page says, in the reader's folder. */
function type(line: string, folder: string) {
  const [command, ...args] = line.split(' ');
  expect(command).toBe('cabochon');
  return new Promise<{ code: number | string | null; stdout: string; stderr: string }>((resolve) => {
    // With this Node for any other: set-up may have brought it, a reader's own may be older.
    const options = { cwd: folder, env: { ...process.env, NODE_TEST_CONTEXT: undefined } };
    execFile(process.execPath, [join(ROOT, 'cli/cabochon.mjs'), ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** What the reader's editor would complain about, with `cabochon` installed as the page says. */
async function typeCheck(folder: string): Promise<string> {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/cabochon'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', folder, '--types', 'node'], { cwd: folder }, (_, stdout) => resolve(stdout));
  });
}

test('the page works when it is followed step by step in an empty folder', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}'); // as npm init writes it
  let last = '';
  let commands = 0;
  for (const { language, note, text } of blocks) {
    const file = /^file=(.+)$/.exec(note)?.[1];
    if (file !== undefined) writeFileSync(join(folder, file), text);
    else if (note === 'output') expect(last).toBe(text);
    else if (language === 'sh' && !text.startsWith('npm ')) {
      for (const line of text.trim().split('\n')) {
        const { code, stdout, stderr } = await type(line, folder);
        expect(code, `${line}\n${stdout}${stderr}`).toBe(0);
        last = stdout;
        commands++;
      }
    }
  }
  expect(commands).toBe(7);
  expect(await typeCheck(folder)).toBe('');
  const samples = readdirSync(join(folder, '.cabochon/runs/units/samples'));
  expect(samples.filter((name) => name.startsWith('jbond-'))).toHaveLength(2);
  expect(last).toMatch(/units: 0 of 12 verdicts change/);
}, 300_000);
