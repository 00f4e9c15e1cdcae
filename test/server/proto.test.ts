import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import packageJson from '../../package.json' with { type: 'json' };
import { modelService } from '../../server/proto/definition.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const GENERATED = 'server/proto/generated';

/** Every file below a folder, by its path there. */
function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

test('the types are those the proto file gives; after a change run `npm run proto`', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cabochon-proto-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [program = '', ...args] = packageJson.scripts.proto.replace(GENERATED, folder).split(' ');
  execFileSync(process.execPath, [join(root, 'node_modules/.bin', program), ...args], { cwd: root });
  expect(filesOf(folder)).toEqual(filesOf(join(root, GENERATED)));
});

test('the service has the calls of the contract, and only Generate and Watch stream', () => {
  const streams = Object.entries(modelService).map(([name, method]) => [name, method.responseStream]);
  expect(Object.fromEntries(streams)).toEqual({
    Health: false,
    Info: false,
    Load: false,
    Copy: false,
    Drop: false,
    Save: false,
    Tokenize: false,
    Generate: true,
    Score: false,
    TeacherTargets: false,
    Reward: false,
    RewardStep: false,
    TrainStep: false,
    Ema: false,
    Merge: false,
    Watch: true,
  });
});
