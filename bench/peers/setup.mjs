/**
 * Installs what we are measured against: a Python environment with transformers and TRL, and llama.cpp.
 *
 *   node bench/peers/setup.mjs      (`npm run bench` begins with it)
 *
 * Lands in the cache, outside the repository. Needs Python 3.11 or later, pip, and about 8 GB of disk.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheRoot, onPath } from '../../scripts/paths.mjs';
import { placeOnce, withLock } from '../../scripts/setup/place.mjs';
import { run } from '../../scripts/setup/shell.mjs';

const HERE = import.meta.dirname;
const LLAMA = { 'node-llama-cpp': '3.22.1' };

/**
 * Where the peers are, installed or not.
 *
 * @returns {Promise<{ python: string, llama: string }>} The interpreter, and the folder with llama.cpp's package.
 */
export async function peerPaths() {
  const digest = async (/** @type {string} */ text) => createHash('sha256').update(text).digest('hex').slice(0, 12);
  const requirements = await digest(await readFile(join(HERE, 'requirements.txt'), 'utf8'));
  const llama = await digest(JSON.stringify(LLAMA));
  const folder = join(cacheRoot(), 'bench');
  return { python: join(folder, `python-${requirements}`, 'bin', 'python'), llama: join(folder, `llama-${llama}`) };
}

/** Installs what is missing. Safe to repeat. */
export async function setUpPeers() {
  const { python, llama } = await peerPaths();
  await setUpPython(join(python, '../..'), python);
  await placeOnce(llama, fillLlama);
}

/**
 * The interpreter of Math-Verify, installed when it is missing: small, and apart from the others'.
 *
 * @returns {Promise<string>}
 */
export async function mathVerifyPython() {
  const requirements = 'requirements-math.txt';
  const digest = createHash('sha256')
    .update(await readFile(join(HERE, requirements), 'utf8'))
    .digest('hex');
  const folder = join(cacheRoot(), 'bench', `python-math-${digest.slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  await setUpPython(folder, python, requirements);
  return python;
}

/**
 * A virtual environment knows its own path, so it is made in place; a mark says that it is complete.
 *
 * @param {string} folder
 * @param {string} python
 * @param {string} [requirements]
 */
async function setUpPython(folder, python, requirements = 'requirements.txt') {
  const mark = join(folder, 'complete');
  if (existsSync(mark)) return;
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(mark)) return;
    if (!onPath('python3')) throw new Error('peers: no python3 on PATH; install Python 3.11 or later with its venv');
    await run('python3', ['-m', 'venv', '--clear', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(HERE, requirements)]);
    await writeFile(mark, '');
  });
}

/**
 * llama.cpp comes compiled, as an optional package for this machine. Its install script would build it from a download.
 *
 * @param {string} folder
 */
async function fillLlama(folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: LLAMA }));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

if (import.meta.filename === process.argv[1]) {
  await setUpPeers();
  console.log(JSON.stringify(await peerPaths()));
}
